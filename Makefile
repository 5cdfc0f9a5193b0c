# Short names for commands; everything also works as plain go commands.

GOLANGCI = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2
GORELEASER = github.com/goreleaser/goreleaser/v2@v2.15.1
FUZZTIME = 10s

# One static binary. Only the race detector needs C.
export CGO_ENABLED = 0

.PHONY: build test short lint fuzz bench golden testdata transformations try release release-twice print-goreleaser clean

build:
	go build -trimpath -o modelbom ./cmd/modelbom

# Statistics and thousands of licence texts are for the first step: the race detector makes them ten times slower and sees
# nothing in them.
test: testdata
	MODELBOM_TESTDATA="$$(go run ./e2e/fetch -print)" go test -timeout 10m ./pkg/align ./pkg/compare ./pkg/inspect ./e2e/license ./e2e/ailicense
	MODELBOM_SCHEMAS="$$(go run ./e2e/fetch -print)/schemas" CGO_ENABLED=1 go test -race -timeout 20m ./...

# Without the real models, the race detector and large data.
short:
	go test -short ./...

lint:
	unformatted="$$(gofmt -l .)"; test -z "$$unformatted" || { echo "not formatted: $$unformatted" >&2; exit 1; }
	go vet ./...
	go run $(GOLANGCI) run ./...

# Every fuzz target for FUZZTIME.
fuzz:
	.ci/fuzz $(FUZZTIME)

# Ratios of time against sha256sum on the same files, and peak memory; search in reference indexes of growing size (of ten
# million matrices when MODELBOM_LONG is set); comparing documents of growing size, alone and with reading and writing.
bench:
	go run ./e2e/bench
	go test -run '^$$' -bench BenchmarkSearch -benchtime 20x ./pkg/index
	go test -run '^$$' -bench BenchmarkDocuments ./pkg/diff
	go test -run TestDiffOfLargeDocuments -count=1 -v ./e2e

# Write the golden documents anew; read the difference.
golden:
	go test ./e2e -run TestGolden -update

# Real models and schemas, by pinned version and digest, kept outside the repository.
testdata:
	go run ./e2e/fetch

# Transformed models by the real libraries (6 GB of Python, 5 GB of models, half an hour), and the table of what is said of
# them, docs/transformations.md.
TRANSFORMED = $(or $(MODELBOM_TRANSFORMED),$(HOME)/.cache/modelbom-transformed)
transformations:
	e2e/transform/python.sh "$(TRANSFORMED)/python"
	go run ./e2e/fetch all-minilm-l6-v2
	"$(TRANSFORMED)/python/bin/python" -B e2e/transform/make.py "$(TRANSFORMED)/models" "$$(go run ./e2e/fetch -print)/all-minilm-l6-v2"
	MODELBOM_TRANSFORMED="$(TRANSFORMED)/models" go test ./e2e/transform -run TestTransformations -count=1 -timeout 15m -update

# Bills of materials of a real model, in try/.
try: build
	go run ./e2e/fetch all-minilm-l6-v2
	mkdir -p try
	./modelbom generate "$$(go run ./e2e/fetch -print)/all-minilm-l6-v2" --name sentence-transformers/all-MiniLM-L6-v2 \
		-o text -o cyclonedx-json=try/bom.cdx.json -o spdx-json@3.0.1=try/bom.spdx.json

# Archives, packages and bills of materials for all systems in dist/, not published.
release:
	go run $(GORELEASER) release --snapshot --clean

# Two builds of HEAD with the same bytes, and the package installed in an empty root. GORELEASER_COMMAND is one that is
# built already: building it takes minutes.
release-twice:
	.ci/release $(GORELEASER_COMMAND)

print-goreleaser:
	@echo $(GORELEASER)

clean:
	rm -rf modelbom dist packaging try
