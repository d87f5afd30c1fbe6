"""A stateful stand-in for Zoho's servers, written from the published specifications.

It imports nothing else of the project and no Django. `World.build(...)` makes a company;
`SandboxAdapter(world)` answers `requests` in-process; `manage.py sandbox` serves it.
"""
