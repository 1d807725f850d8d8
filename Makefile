# Shortcuts for the commands in docs/development.md.

.PHONY: test lint run golden figures full mutate soak

test: ## all tests
	.ci/run tests

lint: ## formatting, vet and golangci-lint
	.ci/run lint

run: ## everything that has to pass before a change lands
	.ci/run

golden: ## rewrite golden files and the generated parts of the documents
	@status=0; \
	go test ./jira/adf -run TestForms -update || status=1; \
	go test ./tools ./tools/issues -run "^(TestCatalogue|TestScenarios|TestTranscript|TestRequestsOfJobs|TestReadingIssues)$$" -update || status=1; \
	go test ./cmd/jira-mcp -run Current -update || status=1; \
	exit $$status

figures: ## measure start-up, memory, speed and tokens
	go run ./.ci/figures

mutate: ## 50,000 calls with damaged answers of Jira; SEED=2 for other damage
	MUTATIONS=50000 go test ./tools -run TestMutations -count=1 -timeout 40m

soak: ## 20,000 calls over HTTP on a Jira with faults
	SOAK=20000 go test ./cmd/jira-mcp -run TestSoak -count=1 -timeout 30m -v

full: ## long tests, packages and real clients
	.ci/full
