package format

// A DType is the element type of a tensor, under the name that its format
// gives it: "BF16", "F8_E4M3", "Q4_K". Formats that share a type share the name.
type DType string
