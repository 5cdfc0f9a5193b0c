package modelcard

import "io"

// An Adapter is a PEFT adapter_config.json.
type Adapter struct {
	Path string
	// BaseModel is base_model_name_or_path, very often a local path, Revision
	// the commit or branch of it.
	BaseModel, Revision Statement
	PeftType            Statement // LORA, IA3, ...
	TaskType            Statement // CAUSAL_LM, ...
	Rank                Statement // r
	Alpha               Statement // lora_alpha
	Version             Statement // peft_version
	// TargetModules holds names or one regular expression; ModulesToSave are
	// trained in full and stored beside the adapter.
	TargetModules, ModulesToSave []Statement
	// BaseClass is the class of the base model that PEFT noted.
	BaseClass Statement
}

// ReadAdapter reads an adapter_config.json.
func ReadAdapter(path string, r io.Reader) (*Adapter, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	e := entry{value: root, notes: n}
	return &Adapter{
		Path:          path,
		BaseModel:     e.text("base_model_name_or_path"),
		Revision:      e.text("revision"),
		PeftType:      e.scalar("peft_type"),
		TaskType:      e.scalar("task_type"),
		Rank:          e.scalar("r"),
		Alpha:         e.scalar("lora_alpha"),
		Version:       e.scalar("peft_version"),
		TargetModules: e.texts("target_modules"),
		ModulesToSave: e.texts("modules_to_save"),
		BaseClass:     group(e, "auto_mapping").scalar("base_model_class"),
	}, n.problems(), nil
}
