module github.com/modelbom/modelbom

go 1.26.0

// Fixed by the project: the document formats, licence texts, command line.
require (
	github.com/CycloneDX/cyclonedx-go v0.12.0
	github.com/google/licensecheck v0.3.1
	github.com/spdx/tools-golang v0.6.0-rc4
	github.com/urfave/cli/v2 v2.27.7
)

// Runtime.
require (
	github.com/package-url/packageurl-go v0.1.7
	github.com/vbauerster/mpb/v8 v8.16.2
	github.com/zeebo/blake3 v0.2.4
	go.yaml.in/yaml/v4 v4.0.0
	golang.org/x/sync v0.24.0
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
)

// Test dependencies.
require (
	github.com/google/go-cmp v0.7.0
	github.com/rogpeppe/go-internal v1.16.0
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
)
