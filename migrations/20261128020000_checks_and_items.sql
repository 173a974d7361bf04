-- What becomes of a file that the check before the hand-in finds wrong: it is refused and costs nothing, or it is
-- taken, costs an attempt and is judged.
ALTER TABLE phases ADD COLUMN malformed text NOT NULL DEFAULT 'refuse' CHECK (malformed IN ('refuse', 'charge'));

-- What an evaluation's scores are made of: one row for each query (or row, or instance) and split that it counts in.
CREATE TABLE evaluation_items (
    evaluation_id uuid NOT NULL REFERENCES evaluations ON DELETE CASCADE,
    split         text NOT NULL CHECK (split IN ('public', 'private')),
    item          text NOT NULL,
    -- As the scorer listed them.
    position      integer NOT NULL,
    value         double precision NOT NULL CHECK (value > '-Infinity' AND value < 'Infinity'),
    -- What else is known of it: name → value.
    figures       jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (evaluation_id, split, item)
);
