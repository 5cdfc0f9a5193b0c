package tensor_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/tensor"
)

func ExampleDecode() {
	// Two rows of BF16: 1, 2, 3 and -1, -2, -3.
	data := []byte{0x80, 0x3f, 0x00, 0x40, 0x40, 0x40, 0x80, 0xbf, 0x00, 0xc0, 0x40, 0xc0}
	open := func(string) (io.ReaderAt, int64, error) {
		return bytes.NewReader(data), int64(len(data)), nil
	}
	t := &format.Tensor{Name: "weight", DType: "BF16", Shape: []uint64{2, 3}, Size: 12}
	row := make([]float32, 3)
	if err := tensor.Decode(open, t, false, 3, row); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(row)
	// Output: [-1 -2 -3]
}
