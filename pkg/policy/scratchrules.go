package policy

import "github.com/modelbom/modelbom/pkg/bom"

// severityOf is the severity of a rule.
func severityOf(rules []Rule, id string) bom.Severity {
	for _, r := range rules {
		if r.ID == id {
			return r.Severity
		}
	}
	return bom.SeverityMedium
}

// scratchRules explains the rules of the policy, the heaviest first.
func scratchRules() []Rule {
	return []Rule{
		{ruleScratchWeights, "Weights of somebody else", bom.SeverityHigh,
			"The rule is about weights: whoever begins with weights that others trained has not trained them from the beginning, however far the training went on and however small the part is.",
			"Train the part from random numbers. Where the upstream is the producer's own, state its supplier in the facts file (upstreams, supplier); where its weights may be continued, name the supplier with the parameter allowed-suppliers."},
		{ruleScratchDeclared, "A base model is declared", bom.SeverityHigh,
			"The publisher names a model that a part, or the model, comes from. Nothing has to be found in bytes for that to count.",
			"Train the part from random numbers, or correct the declaration where it is a left-over (base_model in README.md, _name_or_path in config.json)."},
		{ruleScratchShared, "Descent is neither shown nor excluded", bom.SeverityMedium,
			"Weights that began with the same random numbers as somebody else's, or of which somebody else's are a quantisation, agree by more than chance. Which of both came first is not in the bytes.",
			"Show training records. An exception with a reason and a last day can name them."},
		{ruleScratchContradicted, "The declared origin and the bytes contradict each other", bom.SeverityMedium,
			"Either the declaration is wrong, or what was compared is not what is declared.", "Correct the declaration, or compare with the right version of the upstream."},
		{ruleScratchStatement, "Its producer does not state that it is their own", bom.SeverityMedium,
			"Nothing in bytes tells that weights began as random numbers. Only the producer can say so, and answers for it. That nothing was found is no such statement.",
			"State it in the facts file: modelbom.yaml, parts.ROLE.own, or model.own for all parts, with the digest of the bytes."},
		{ruleScratchCompared, "It was not compared with what it could come from", bom.SeverityMedium,
			"An origin can be found only where it is looked for. A part that no index was searched for, or that is too small to compare, is not shown to be anything.",
			"Generate the document with --index and an index of the models that are known. The catalogue alone knows digests of unchanged files; the parameter compared-with=catalogue accepts that."},
		{ruleScratchUnread, "Weights were not seen", bom.SeverityMedium,
			"About weights that were absent, or in a form that could not be read, nothing can be said.", "Generate the document where all files are there, in formats that are read; see the gaps of the document."},
		{ruleScratchTokenizer, "A tokenizer of somebody else", bom.SeverityLow,
			"A common vocabulary is no reuse of weights, and says nothing about them. Programmes differ in whether it counts.", "Train a tokenizer, or allow it: tokenizer-reuse=allow."},
		{ruleScratchArchitecture, "An architecture of somebody else", bom.SeverityLow,
			"A published architecture can be trained from random numbers by everybody. Equal shapes are no equal weights.", "Allow it: architecture-reuse=allow."},
		{ruleScratchCode, "Code of somebody else", bom.SeverityLow,
			"Code that loads or runs a model is no weights of it.", "Allow it: code-reuse=allow."},
		{ruleScratchParts, "No part holds weights", bom.SeverityMedium,
			"A document without weights shows nothing about them.", "Generate the document from the repository that holds the weights."},
	}
}
