package format_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"strings"

	"github.com/modelbom/modelbom/pkg/format"
)

func Example() {
	header := `{"w":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}`
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	file = append(append(file, header...), make([]byte, 8)...)

	id, f := format.Identify("model.safetensors", int64(len(file)), file)
	if f == nil {
		log.Fatalf("cannot read %q", id)
	}
	h, err := f.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range h.Tensors {
		fmt.Println(t.Name, t.DType, t.Shape, t.Offset, t.Size)
	}
	// Output: w BF16 [2 2] 65 8
}

func ExampleReadIndex() {
	x, err := format.ReadIndex(strings.NewReader(`{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"../secret"}}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(x.Files())
	fmt.Println(x.Problems)
	// Output:
	// [model-00001-of-00002.safetensors]
	// [tensor "b": file "../secret" leaves the repository]
}

func ExampleShardOf() {
	fmt.Println(format.ShardOf("model-00001-of-00005.safetensors"))
	// Output: model 1 5 true
}
