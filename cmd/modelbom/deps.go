package main

import (
	_ "github.com/CycloneDX/cyclonedx-go"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/licensecheck"
	_ "github.com/package-url/packageurl-go"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/spdx/tools-golang/json"
	_ "github.com/spdx/tools-golang/spdx/v2/v2_3"
	_ "github.com/spdx/tools-golang/spdx/v3/v3_0"
	_ "github.com/spdx/tools-golang/tagvalue"
	_ "github.com/urfave/cli/v2"
	_ "github.com/vbauerster/mpb/v8"
	_ "github.com/zeebo/blake3"
	_ "go.yaml.in/yaml/v4"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/term"
)

func main() {}
