"""The array interface: one object per kind of data, from columns of any table, and functions on small tables.

`from analysis import stats` offers all of it. The estimators are those of the report.
"""
