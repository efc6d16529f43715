-- Who has come in once, by password or through a provider: from then on the address is theirs over the whole installation, for one
-- signs in with an address and no office. Whoever is only invited holds it in that office alone, so that inviting tells of no other.
-- Who stands here without a word about it holds the address: too strict is safe. So does whoever may sign in, for a server of the
-- version before this one lets people in and knows nothing of the column.
ALTER TABLE users ADD COLUMN joined BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE users SET joined = FALSE WHERE NOT active AND password_hash IS NULL
    AND NOT EXISTS (SELECT 1 FROM identity_links AS l WHERE l.organization_id = users.organization_id AND l.user_id = users.id);
DROP INDEX users_email;
CREATE UNIQUE INDEX users_by_email ON users (organization_id, email);
CREATE UNIQUE INDEX users_joined_email ON users (email) WHERE joined OR active;
