-- What a token may do of what its owner may. Tokens from before keep all of it.
ALTER TABLE api_tokens ADD COLUMN scopes text[] NOT NULL DEFAULT '{read,submit,manage,admin}'
    CONSTRAINT api_tokens_scopes CHECK (scopes <@ '{read,submit,manage,admin}' AND scopes <> '{}');
