"""Findings in the shapes of Azure's own APIs, so that scripts written for those go on working.

Microsoft began to retire sub-assessments in 2026. What is here says the same as the app's own
answers, in the words of `Microsoft.Security` 2019-01-01-preview (sub-assessments) and 2021-06-01
(assessments); nothing is kept twice.
"""
