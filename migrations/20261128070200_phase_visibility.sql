-- Who sees what of a phase, and phases that are for practice.

ALTER TABLE phases
    -- Open to teams that are not approved; never counts for advancement.
    ADD COLUMN practice   boolean NOT NULL DEFAULT false,
    -- competitions::visibility::Visibility as JSON; what is absent has its default.
    ADD COLUMN visibility jsonb NOT NULL DEFAULT '{}';
