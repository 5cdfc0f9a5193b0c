// Package catalogue holds public facts about known models: digests of files,
// identities of tokenizers, shapes of encoders and model families, suppliers and
// their countries. Every row has a source. It is embedded and read-only.
package catalogue
