-- From when on the next attempt is looked at. Far back: nobody has to wait. The version before does not name it.
alter table throttles add column free_at timestamp(3) with time zone not null default 'epoch';
