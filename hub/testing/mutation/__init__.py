"""Mutation testing of our own rules: one small change at a time, and the tests have to notice.

``python -m hub.testing.mutation --help`` takes a sample of all changes, runs the tests that cover the file over each, and
says which were noticed (killed) and which were not (survived), with the reasons we know for some of those.
"""
