-- The definition that was imported last, as definitions::model::Definition in JSON: what an export writes again.
-- NULL: imported before definitions were kept.
ALTER TABLE competitions ADD COLUMN definition jsonb;
