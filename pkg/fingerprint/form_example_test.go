package fingerprint_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Lists may be in any order: equal models give equal bytes.
func ExampleEncode() {
	m := &fingerprint.Model{Group: "acme", Name: "tiny", Mode: fingerprint.Full, Parts: []fingerprint.Part{{
		Ref: "part:language-model",
		Tensors: []fingerprint.TensorPrint{
			{Name: "norm", Layer: -1, Expert: -1, Sketch: fingerprint.Sketch{Class: fingerprint.Gain, Gains: []float32{1, 2}}},
			{Name: "bias", Layer: 3, Expert: -1, Sketch: fingerprint.Sketch{Class: fingerprint.Small}},
		},
	}}}
	if err := fingerprint.Encode(os.Stdout, m); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"format":"modelbom-fingerprint","version":1,"sketch":"modelbom-sketch/1","mode":"full","group":"acme","name":"tiny","parts":[
	// {"ref":"part:language-model","tensors":[
	// {"name":"bias","layer":3,"class":"small"},
	// {"name":"norm","class":"gain","gains":"AACAPwAAAEA="}]}]}
}

func ExampleDecode() {
	_, err := fingerprint.Decode(strings.NewReader(`{"format":"modelbom-fingerprint","version":1,"sketch":"modelbom-sketch/7","parts":[]}`))
	fmt.Println(err)
	// Output: read fingerprint: at byte 82: parts: the sketches are "modelbom-sketch/7" and cannot be compared with "modelbom-sketch/1"
}
