// Package security compares what modelbom says about the security of files with
// what picklescan, fickling and modelscan say, on the hostile pickles of package
// fixtures and on real benign files. Its tests need a Python with the three tools
// and are skipped without:
//
//	python3 -m venv /tmp/scanners
//	/tmp/scanners/bin/pip install picklescan==1.0.5 fickling==0.1.12 modelscan==0.8.8 typing_extensions
//	MODELBOM_SCANNERS=/tmp/scanners/bin/python MODELBOM_TESTDATA="$(go run ./e2e/fetch -print)" go test -v ./e2e/security
package security
