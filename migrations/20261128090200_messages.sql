-- What organizers tell the participants of a competition, and what people ask the organizers.

CREATE TABLE announcements (
    id             uuid PRIMARY KEY,
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    author_id      uuid REFERENCES users ON DELETE SET NULL,
    -- {"vi": …, "en": …}; the body is Markdown.
    title          jsonb NOT NULL,
    body           jsonb NOT NULL,
    published_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    withdrawn_at   timestamptz
);
CREATE INDEX announcements_competition_idx ON announcements (competition_id, published_at DESC, id DESC);

CREATE TABLE questions (
    id             uuid PRIMARY KEY,
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    asker_id       uuid REFERENCES users ON DELETE CASCADE,
    subject        text NOT NULL,
    body           text NOT NULL,
    asked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    answer         text,
    answered_at    timestamptz,
    answered_by    uuid REFERENCES users ON DELETE SET NULL,
    -- Question and answer are for everybody, without the asker's name.
    is_public      boolean NOT NULL DEFAULT false,
    CONSTRAINT questions_answered CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CONSTRAINT questions_public CHECK (answer IS NOT NULL OR NOT is_public)
);
CREATE INDEX questions_competition_idx ON questions (competition_id, asked_at DESC, id DESC);
CREATE INDEX questions_asker_idx ON questions (asker_id, competition_id);
