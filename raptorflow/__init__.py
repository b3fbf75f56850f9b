"""RaptorFlow: register, pay, answer twenty-three questions, and hold a manifest that every feature reads.

One package a noun: `auth`, `workspaces`, `payments`, `onboarding`, `bcm`, `features`, `web`; each with `routes.py`
(HTTP), `service.py` (what happens) and `sql.py` (the statements). `app.py` puts their routers together.
How a route is written:

    from raptorflow.problems import Problem, documented
    from raptorflow.tenancy import Tenant, tenant

    @router.get("/cohorts", responses=documented(401, 402, 404, 412))
    async def cohorts(caller: Annotated[Tenant, tenant(paid=True, bcm=True)]) -> Cohorts:
        async with caller.tx() as connection:          # one transaction, as `authenticated`, with the claims
            return await service.cohorts(connection, caller.workspace_id)   # statements name the workspace as well

- Gates are declared by `tenant(role="member"|"admin"|"owner", paid=…, bcm=…)`, and answer in the order 401, 404, 403,
  402, 412; what the service finds (409, 422) comes after. `tenancy.identified` alone is for routes without a workspace.
- Refuse by `raise Problem(409, "VERSION_CONFLICT", "One sentence for a person.", errors=[FieldError(...)])`.
- The present moment is `caller.held.clock.now()` (aware UTC); SQL gets it as `%(now)s`, no column defaults to it.
- Redis is `caller.held.redis` (str answers); it may be down: `redis.RedisError`, within a second.
- `database.one`, `the`, `rows` give dictionaries; jsonb parameters are `psycopg.types.json.Jsonb(...)`.
- Bodies are `models.Input` subclasses: unknown fields, NUL bytes and lone surrogates are refused.
- Pages: `auth.browser` sets, reads and renews the cookies; `tenancy.admit(...)` is the same gates as a plain function.
"""
