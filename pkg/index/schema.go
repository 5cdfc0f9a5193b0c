package index

import (
	"fmt"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// schemaVersion is raised when a program of the version before could not use the
// tables any more. The key words of table modelbom stay as they are for ever.
const schemaVersion = "1"

// tables are the definitions, with the types of a dialect in braces.
//
// Search reads contents, shapes and digests; prints, which are ten times as
// large, are read when a candidate is compared. Of the numbers that are never
// negative in a fingerprint but need 64 bits, the bits are stored.
const tables = `
CREATE TABLE modelbom (key {text} PRIMARY KEY, value {text} NOT NULL);

CREATE TABLE model (
	id {serial},
	name {text} NOT NULL UNIQUE,
	grp {text} NOT NULL, title {text} NOT NULL, version {text} NOT NULL, purl {text} NOT NULL,
	supplier {text} NOT NULL, country {text} NOT NULL, license {text} NOT NULL, family {text} NOT NULL,
	released {text} NOT NULL, mode {text} NOT NULL, digest {text} NOT NULL,
	parts {integer} NOT NULL, tensors {integer} NOT NULL,
	head {blob} NOT NULL
);

CREATE TABLE file (
	model {integer} NOT NULL REFERENCES model (id),
	place {integer} NOT NULL,
	path {blob} NOT NULL, size {integer} NOT NULL, sha256 {text} NOT NULL,
	PRIMARY KEY (model, place)
);
CREATE INDEX file_sha256 ON file (sha256);

CREATE TABLE content (id {integer} PRIMARY KEY, digest {blob} NOT NULL, data {blob} NOT NULL);

CREATE TABLE part (
	id {serial},
	model {integer} NOT NULL REFERENCES model (id),
	place {integer} NOT NULL,
	ref {blob} NOT NULL, weights {text} NOT NULL,
	content {integer} REFERENCES content (id)
);
CREATE INDEX part_model ON part (model);
CREATE INDEX part_content ON part (content);
CREATE INDEX part_weights ON part (weights);

CREATE TABLE print (part {integer} PRIMARY KEY REFERENCES part (id), data {blob} NOT NULL);
CREATE TABLE tokenizer (part {integer} PRIMARY KEY REFERENCES part (id), data {blob} NOT NULL);

CREATE TABLE shape (
	width {integer} NOT NULL, height {integer} NOT NULL,
	content {integer} NOT NULL, kind {integer} NOT NULL,
	keys {blob} NOT NULL, signs {blob} NOT NULL, used {blob},
	PRIMARY KEY (width, height, content, kind)
){clustered};

CREATE TABLE digest (
	hash {integer} NOT NULL, content {integer} NOT NULL,
	PRIMARY KEY (hash, content)
){clustered};
`

// create makes the tables of a new index, unless another program just did.
func (s *session) create() error {
	var own, others int
	if err := s.row(s.dialect.exists).Scan(&own); err != nil {
		return err
	}
	if own > 0 {
		return nil
	}
	if err := s.row(s.dialect.others).Scan(&others); err != nil {
		return err
	}
	if others > 0 {
		return fmt.Errorf("%w: it has other tables", ErrNotIndex)
	}
	ddl := strings.NewReplacer("{text}", s.dialect.text, "{blob}", s.dialect.blob, "{integer}", s.dialect.integer,
		"{serial}", s.dialect.serial, "{clustered}", s.dialect.clustered).Replace(tables)
	for _, statement := range append(strings.Split(ddl, ";"), s.dialect.after...) {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if err := s.exec(statement); err != nil {
			return fmt.Errorf("create the tables of the index: %w", err)
		}
	}
	return s.exec("INSERT INTO modelbom (key, value) VALUES ('format', 'modelbom-index'), ('version', ?), ('sketch', ?)",
		schemaVersion, fingerprint.SketchVersion)
}

// verify makes sure that this program can read the index.
func (s *session) verify() error {
	var own int
	if err := s.row(s.dialect.exists).Scan(&own); err != nil {
		return err
	}
	if own == 0 {
		return ErrNotIndex
	}
	facts := map[string]string{}
	err := s.each(func(row scanner) error {
		var key, value string
		err := row.Scan(&key, &value)
		facts[key] = value
		return err
	}, "SELECT key, value FROM modelbom WHERE key IN ('format', 'version', 'sketch')")
	switch {
	case err != nil:
		return fmt.Errorf("read table modelbom: %w", err)
	case facts["format"] != "modelbom-index":
		return ErrNotIndex
	case facts["version"] != schemaVersion:
		return fmt.Errorf("%w: it has version %.20q, this program reads version %q", ErrNewer, facts["version"], schemaVersion)
	case facts["sketch"] != fingerprint.SketchVersion:
		return fmt.Errorf("%w: its sketches are %.64q, this program makes %q", ErrNewer, facts["sketch"], fingerprint.SketchVersion)
	}
	return nil
}
