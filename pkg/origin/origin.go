// Package origin finds where the parts of a model come from. Detectors make
// claims, each with its evidence; Conclude weighs them into verdicts.
package origin
