-- one end user
SYSTEM SYNC REPLICA ON CLUSTER 'main' events_local LIGHTWEIGHT
INSERT INTO outcomes (project, id, key_id, outcome, reason, category, quantity, at) SETTINGS insert_quorum = 'auto', distributed_foreground_insert = 1, parallel_distributed_insert_select = 0 SELECT project, concat('erased-', toString(archived_partition), ':', toString(archived_generation), ':', toString(archived_offset)), key_id, 'erased', 'request', 'error', 1, received FROM events WHERE project = 3 AND received >= fromUnixTimestamp64Micro(1790035200000000, 'UTC') AND received < fromUnixTimestamp64Micro(1790121600000000, 'UTC') AND (archived_partition, archived_generation, archived_offset) IN ((0, 5, 7))
DELETE FROM events_local ON CLUSTER 'main' WHERE project = 3 AND received >= fromUnixTimestamp64Micro(1790035200000000, 'UTC') AND received < fromUnixTimestamp64Micro(1790121600000000, 'UTC') AND (archived_partition, archived_generation, archived_offset) IN ((0, 5, 7)) SETTINGS lightweight_deletes_sync = 2
-- a project
SYSTEM SYNC REPLICA ON CLUSTER 'main' events_local LIGHTWEIGHT
INSERT INTO outcomes (project, id, key_id, outcome, reason, category, quantity, at) SETTINGS insert_quorum = 'auto', distributed_foreground_insert = 1, parallel_distributed_insert_select = 0 SELECT project, concat('erased-', toString(archived_partition), ':', toString(archived_generation), ':', toString(archived_offset)), key_id, 'erased', 'project', 'error', 1, received FROM events WHERE project = 3 AND received >= fromUnixTimestamp64Micro(1790035200000000, 'UTC') AND received < fromUnixTimestamp64Micro(1790121600000000, 'UTC')
DELETE FROM events_local ON CLUSTER 'main' WHERE project = 3 AND received >= fromUnixTimestamp64Micro(1790035200000000, 'UTC') AND received < fromUnixTimestamp64Micro(1790121600000000, 'UTC') SETTINGS lightweight_deletes_sync = 2
DELETE FROM issues_local ON CLUSTER 'main' WHERE project = 3 SETTINGS lightweight_deletes_sync = 2
DELETE FROM error_counts_local ON CLUSTER 'main' WHERE project = 3 SETTINGS lightweight_deletes_sync = 2
DELETE FROM issue_error_counts_local ON CLUSTER 'main' WHERE project = 3 SETTINGS lightweight_deletes_sync = 2
DELETE FROM project_error_counts_local ON CLUSTER 'main' WHERE project = 3 SETTINGS lightweight_deletes_sync = 2
DELETE FROM session_counts_local ON CLUSTER 'main' WHERE project = 3 SETTINGS lightweight_deletes_sync = 2
DELETE FROM alerts ON CLUSTER 'main' WHERE project = 3 SETTINGS lightweight_deletes_sync = 2
-- retention
ALTER TABLE events_local ON CLUSTER 'main' DROP PARTITION 20260920
-- what a replay has replaced
DELETE FROM events_local ON CLUSTER 'main' WHERE project = 3 AND ((origin_partition = 0 AND origin_generation = 5 AND origin_offset IN (1))) SETTINGS lightweight_deletes_sync = 2
