package transform

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// A truth is truth.json, which make.py writes.
type truth struct {
	Libraries map[string]string
	Index     []reference
	Rows      []row
	LeftOut   map[string]string `json:"left_out"`
}

// A reference is a model of the index.
type reference struct {
	ID, Directory, What string
}

// A row is a transformed model.
type row struct {
	Name, Directory, What, Why string
	// Parents are IDs of the index; none for a stranger. Near are others that
	// nothing in the weights can tell from a parent.
	Parents, Near []string
	// Verdict is the right one, Also are others that are true as well.
	Verdict string
	Also    []string
	// Delta is |W - P| / |P| over the matrices of layers, as PyTorch measured it;
	// absent where it was not measured.
	Delta *float64
	// LayerMap is the parent's layer that each layer continues.
	LayerMap []int `json:"layer_map"`
	// Deep is what a comparison of both models in depth must find in addition.
	Deep *struct {
		Parents []string
		Verdict string
	}
}

func readTruth(dir string) (*truth, error) {
	data, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		return nil, err
	}
	var t truth
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("truth.json: %w", err)
	}
	if len(t.Index) < 11 || len(t.Rows) == 0 {
		return nil, fmt.Errorf("truth.json has %d references and %d rows", len(t.Index), len(t.Rows))
	}
	return &t, nil
}
