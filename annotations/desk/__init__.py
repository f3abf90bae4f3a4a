"""The desk: everything that raters do and see, from the personal link to the statement of pay.

`services` is the door: other packages change a running study through it (`enrol`, `next_assignment`,
`save_answer`, `submit`, ...). Behind it, one module owns each thing: `leases` the hold on a slot,
`submitting` the judgments; `seats`, `practice`, `sittings`, `guessing`, `conflicts`, `pay`, `progress`,
and `onboarding` what their names say. The order of locks is in `services`.

The pages: `rater_views` (link, consent, profile, instructions), `judging_views`, `practice_views`,
`closing_views`, `recruiting_views`. `next_page` decides which page comes next. `sessions` knows who is at the
desk.
"""
