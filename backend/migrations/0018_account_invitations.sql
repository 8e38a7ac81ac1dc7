-- The invitation to set a password that is good for a user; none made before it is. Whoever has no row was invited by
-- the version before, which keeps none.
create table account_invitations (
  user_id uuid constraint account_invitations_pkey primary key
    constraint account_invitations_user_fkey references users on delete cascade,
  id uuid not null
);
