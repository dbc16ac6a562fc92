"""The pages that people look at: what each shows, made of the answers that the API gives.

There is no second way to the data: a page asks the answerers of the HTTP routes, in process, and
reads what they say as any other client would. `docs/page.md` says what is where.
"""
