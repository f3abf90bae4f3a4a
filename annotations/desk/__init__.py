"""The desk: everything that raters do and see, from the personal link to the statement of pay.

`services` is the door: other packages change a running study through it (`enrol`, `lease_next_assignment`,
`save_answer`, `submit`, ...). Behind it, one module owns each thing: `submitting` leases, saved answers and
judgments; `answers` what a rater sends; `seats`, `practice`, `progress`, `guessing`, `onboarding` and `pay`
what their names say. The order of locks is in `services`.

The pages: `rater_views`, `judging_views`, `closing_views`. `next_page` decides which page comes next, and
`sessions` knows who is at the desk.

What raters do most often has a short way: showing a pair takes `judging_views`, `queries`, `pair_page` and
`page_parts`; submitting it takes `judging_views`, `queries`, `answers` and `submitting`.
"""
