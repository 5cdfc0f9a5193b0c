package modelcard_test

import (
	"fmt"
	"strings"

	"github.com/modelbom/modelbom/pkg/modelcard"
)

func ExampleReadConfig() {
	const file = `{"_name_or_path": "/home/ann/out", "text_config": {"_name_or_path": "acme/text-7b", "model_type": "llama"}}`
	config, problems, err := modelcard.ReadConfig("config.json", strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range config.All() {
		id, ok := modelcard.Upstream(c.NameOrPath.Value)
		fmt.Printf("%s: %q %v\n", c.NameOrPath.Key, id, ok)
	}
	fmt.Println(len(problems), "problems")
	// Output:
	// _name_or_path: "" false
	// text_config._name_or_path: "acme/text-7b" true
	// 0 problems
}
