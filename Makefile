# One command each; what they do stands in scripts/.
.PHONY: demo test bench sqlx dev-db python-env image

demo: ## Runs the platform with its sample competitions. ONCE=1, JSON=1, PORT=8080
	@ONCE='$(ONCE)' JSON='$(JSON)' PORT='$(PORT)' scripts/demo

test: ## Runs every check and test
	@scripts/test

bench: ## Measures a release build against its peers. ONLY=name
	@ONLY='$(ONLY)' scripts/bench

sqlx: ## Writes the query data of .sqlx anew, after a change of SQL
	@scripts/sqlx

dev-db: ## Keeps a PostgreSQL for development in the foreground
	@scripts/dev-db

python-env: ## Makes the Python environment of generators and tests
	@scripts/python-env

image: ## Builds the sandbox image if its recipe changed
	@scripts/image
