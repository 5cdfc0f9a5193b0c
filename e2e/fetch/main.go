// Command fetch brings the real models and the schemas that the end-to-end
// tests need:
//
//	go run ./e2e/fetch [-dir DIR] [-print] [NAME...]
//
// Without names it brings all sets. With -print it only prints the folder.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/modelbom/modelbom/e2e/testset"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := fetch(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "fetch: error: %v\n", err)
		os.Exit(1)
	}
}

func fetch(ctx context.Context) error {
	fallback, err := testset.Dir()
	dir := flag.String("dir", fallback, "keep the sets in this `folder`; default $MODELBOM_TESTDATA, else the user's cache folder")
	show := flag.Bool("print", false, "only print the folder")
	flag.Parse()
	if *dir == "" {
		return err
	}
	if *show {
		_, err := fmt.Println(*dir)
		return err
	}
	return testset.Fetch(ctx, *dir, func(what string) { fmt.Fprintln(os.Stderr, "fetch:", what) }, flag.Args()...)
}
