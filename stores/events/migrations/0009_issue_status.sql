-- The status after each change. Of an issue the change with the highest (triage_version, sequence) is the latest; issues that
-- were stored before this have been created and nothing else. muted_until is 1970 for a mute that does not end by itself.
ALTER TABLE issues
    ADD COLUMN IF NOT EXISTS status LowCardinality(String) DEFAULT 'unresolved',
    ADD COLUMN IF NOT EXISTS triage_version UInt64,
    ADD COLUMN IF NOT EXISTS sequence UInt64,
    ADD COLUMN IF NOT EXISTS decided DateTime64(6, 'UTC'),
    ADD COLUMN IF NOT EXISTS muted_until DateTime64(6, 'UTC');
