-- Onboarding, the business context it leaves, the manifests drawn from it, and what the features made of them.
create table public.onboarding_sessions (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    created_by uuid not null references public.users (id),
    state text not null default 'open' check (state in ('open', 'completed')),
    bcm_version integer,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    completed_at timestamptz,
    unique (workspace_id, id),
    check ((state = 'completed') = (completed_at is not null))
);
create unique index onboarding_sessions_open on public.onboarding_sessions (workspace_id) where state = 'open';

create table public.onboarding_steps (
    session_id uuid not null,
    step integer not null check (step between 1 and 23),
    workspace_id uuid not null references public.workspaces (id),
    data jsonb,
    draft jsonb,
    version integer not null default 0,
    completed_at timestamptz,
    updated_at timestamptz not null,
    primary key (session_id, step),
    foreign key (workspace_id, session_id) references public.onboarding_sessions (workspace_id, id)
);
create index onboarding_steps_workspace_id on public.onboarding_steps (workspace_id);

create table public.business_contexts (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null unique references public.workspaces (id),
    content jsonb not null,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table public.bcm_manifests (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    version integer not null check (version >= 1),
    manifest jsonb not null,
    checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
    tokens integer not null check (tokens >= 0),
    context_version integer not null,
    created_by uuid not null references public.users (id),
    created_at timestamptz not null,
    unique (workspace_id, version)
);
alter table public.onboarding_sessions add foreign key (workspace_id, bcm_version)
    references public.bcm_manifests (workspace_id, version);

-- The five features keep what they made in tables of one shape, beside the manifest's version that it was made from.
create table public.cohorts (
    id uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references public.workspaces (id),
    bcm_version integer not null,
    position integer not null,
    title text not null,
    content jsonb not null,
    created_by uuid not null references public.users (id),
    created_at timestamptz not null,
    unique (workspace_id, id),
    foreign key (workspace_id, bcm_version) references public.bcm_manifests (workspace_id, version)
);
create table public.campaigns (like public.cohorts including defaults);
create table public.moves (like public.cohorts including defaults);
create table public.muse_assets (like public.cohorts including defaults);
create table public.daily_wins (like public.cohorts including defaults);

do $$
declare feature text;
begin
    foreach feature in array array['campaigns', 'moves', 'muse_assets', 'daily_wins'] loop
        execute format('alter table public.%I add primary key (id), add unique (workspace_id, id),
            add foreign key (workspace_id) references public.workspaces (id),
            add foreign key (created_by) references public.users (id),
            add foreign key (workspace_id, bcm_version) references public.bcm_manifests (workspace_id, version)',
            feature);
    end loop;
end $$;

-- A legacy context moves to its owner's workspace: the newest is kept there, older ones stay out of reach.
-- Row security that is forced hides rows from their owner, this migration, too: it is let go of for one statement.
alter table public.workspaces no force row level security;
do $$
begin
    if exists (select from public.business_context) then
        create table private.legacy_business_contexts as table public.business_context;
    end if;
end $$;
insert into public.business_contexts (workspace_id, content, created_at, updated_at)
    select distinct on (w.id) w.id,
           case when jsonb_typeof(c.content -> 'answers') = 'object' then c.content
                else jsonb_build_object('answers', '{}'::jsonb, 'legacy', c.content) end,
           c.created_at, c.created_at
      from public.business_context c join public.workspaces w on w.owner_id = c.user_id
     order by w.id, c.created_at desc, c.id;
alter table public.workspaces force row level security;
drop table public.business_context;

do $$
declare relation text;
begin
    foreach relation in array array['onboarding_sessions', 'onboarding_steps', 'business_contexts', 'bcm_manifests',
                                    'cohorts', 'campaigns', 'moves', 'muse_assets', 'daily_wins'] loop
        execute format('alter table public.%I enable row level security, force row level security', relation);
        execute format('create policy %I on public.%I for select to authenticated
            using (workspace_id in (select private.workspaces_of_caller()))', relation || '_read', relation);
        execute format('grant select on public.%I to authenticated', relation);
    end loop;
    foreach relation in array array['onboarding_steps', 'business_contexts'] loop
        execute format('create policy %I on public.%I for insert to authenticated
            with check (workspace_id in (select private.workspaces_of_caller()))', relation || '_write', relation);
    end loop;
    foreach relation in array array['onboarding_sessions', 'bcm_manifests', 'cohorts', 'campaigns', 'moves',
                                    'muse_assets', 'daily_wins'] loop
        execute format('create policy %I on public.%I for insert to authenticated
            with check (workspace_id in (select private.workspaces_of_caller())
                        and created_by = (select auth.uid()))', relation || '_write', relation);
    end loop;
    foreach relation in array array['onboarding_sessions', 'onboarding_steps', 'business_contexts'] loop
        execute format('create policy %I on public.%I for update to authenticated
            using (workspace_id in (select private.workspaces_of_caller()))
            with check (workspace_id in (select private.workspaces_of_caller()))', relation || '_change', relation);
    end loop;
    foreach relation in array array['cohorts', 'campaigns', 'moves', 'muse_assets', 'daily_wins'] loop
        execute format('create index on public.%I (workspace_id, bcm_version)', relation);
    end loop;
end $$;

grant insert on public.onboarding_sessions, public.onboarding_steps, public.business_contexts, public.bcm_manifests,
    public.cohorts, public.campaigns, public.moves, public.muse_assets, public.daily_wins to authenticated;
grant update (state, bcm_version, updated_at, completed_at) on public.onboarding_sessions to authenticated;
grant update (data, draft, version, completed_at, updated_at) on public.onboarding_steps to authenticated;
grant update (content, version, updated_at) on public.business_contexts to authenticated;
grant select on public.onboarding_sessions, public.bcm_manifests to raptorflow_definer;
