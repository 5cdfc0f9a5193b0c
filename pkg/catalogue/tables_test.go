package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/package-url/packageurl-go"
)

// maxTables bounds what the tables add to the program.
const maxTables = 3 << 20

// countries are the officially assigned codes of ISO 3166-1 alpha-2.
const countries = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR " +
	"GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP " +
	"KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ " +
	"NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ " +
	"UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"

// TestEveryLineIsRead holds that no row is passed over: each line is a comment
// at the top or has all columns, and each table ends with a line feed.
func TestEveryLineIsRead(t *testing.T) {
	columns := map[string]int{"checkpoints.tsv": checkpointColumns, "files.tsv": fileColumns, "licences.tsv": licenceColumns, "sources.tsv": sourceColumns,
		"suppliers.tsv": supplierColumns, "tensors.tsv": tensorColumns, "tokenizers.tsv": tokenizerColumns}
	total := 0
	for _, table := range tables() {
		total += len(table.text)
		if !strings.HasSuffix(table.text, "\n") || strings.ContainsAny(table.text, "\r") {
			t.Errorf("%s: no line feed at the end, or a carriage return", table.name)
		}
		comments, n := true, 0
		for line := range strings.Lines(table.text) {
			n++
			if strings.HasPrefix(line, "#") {
				if !comments {
					t.Errorf("%s:%d: a comment between rows", table.name, n)
				}
				continue
			}
			comments = false
			if c, isTable := columns[table.name]; isTable {
				if _, ok := fields(line, c); !ok {
					t.Errorf("%s:%d: not %d columns", table.name, n, c)
				}
				for _, s := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
					if s == "" || strings.TrimSpace(s) != s {
						t.Errorf("%s:%d: column %q is empty or has space around it", table.name, n, s)
					}
				}
			}
		}
	}
	if total > maxTables {
		t.Errorf("the tables have %d bytes, more than %d", total, maxTables)
	}
	t.Logf("%d bytes", total)
}

func TestRowCounts(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"files", lines(fileTable), 6500}, {"tensors", lines(tensorTable), 2200}, {"tokenizers", lines(tokenizerTable), 150},
		{"checkpoints", lines(checkpointTable), 150}, {"suppliers", lines(supplierTable), 45},
		{"families", len(families()), 34}, {"encoders", len(encoders()), 70},
	} {
		if c.got < c.want {
			t.Errorf("%s: %d rows, fewer than %d", c.name, c.got, c.want)
		}
	}
	if len(encoders()) != lines(encoderTable) || len(families()) != lines(familyTable) {
		t.Error("a line of JSON cannot be read")
	}
}

func lines(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}

// TestSources holds that every row has a source, that all sources are in the
// table, that none is unused, and that each can be found again.
func TestSources(t *testing.T) {
	used := map[string]bool{}
	see := func(where string, ids []string) {
		t.Helper()
		if len(ids) == 0 {
			t.Errorf("%s: no source", where)
		}
		for _, id := range ids {
			used[id] = true
			if _, ok := sources()[id]; !ok {
				t.Errorf("%s: no such source: %q", where, id)
			}
		}
		if !slices.IsSorted(ids) {
			t.Errorf("%s: sources are not sorted", where)
		}
	}
	for _, table := range []struct {
		text    string
		columns int
	}{{checkpointTable, checkpointColumns}, {fileTable, fileColumns}, {licenceTable, licenceColumns}, {supplierTable, supplierColumns}, {tensorTable, tensorColumns}, {tokenizerTable, tokenizerColumns}} {
		for f := range rows(table.text, table.columns) {
			see(f[0]+" "+f[1], strings.Split(f[len(f)-1], ","))
		}
	}
	for _, e := range encoders() {
		see(e.ID, e.SourceIDs)
	}
	for _, f := range families() {
		see(f.ID, f.SourceIDs)
	}
	commit, date := regexp.MustCompile(`^[0-9a-f]{40}$`), regexp.MustCompile(`^20\d\d-[01]\d-[0-3]\d$`)
	last := ""
	for f := range rows(sourceTable, sourceColumns) {
		s := sources()[f[0]]
		switch {
		case s.ID == "general":
			t.Error("general knowledge is no source")
		case !used[s.ID]:
			t.Errorf("%s: not used", s.ID)
		case s.ID <= last:
			t.Errorf("%s: not in order", s.ID)
		case s.Commit != "" && (!commit.MatchString(s.Commit) || !strings.Contains(s.Repository, "/")):
			t.Errorf("%s: commit %q of %q", s.ID, s.Commit, s.Repository)
		case s.Date != "" && !date.MatchString(s.Date), s.Date > Version():
			t.Errorf("%s: date %q", s.ID, s.Date)
		case s.Repository == "" && s.ID != "measured" && !isURL(s.Path):
			t.Errorf("%s: neither a repository nor a page", s.ID)
		case s.What == "" || s.String() == "":
			t.Errorf("%s: says nothing", s.ID)
		}
		last = s.ID
	}
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && !strings.Contains(s, " ")
}

// isPURL reports whether a package URL is well-formed and in canonical form.
func isPURL(s string) bool {
	p, err := packageurl.FromString(s)
	return err == nil && p.Name != "" && p.ToString() == s
}

func isSHA256(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && strings.ToLower(s) == s
}

func TestFileTable(t *testing.T) {
	kinds := []string{"pretrained-from", "finetuned-from", "merged-from", "pruned-from", "converted-from", "exported-from", "copy-of", "taken-from"}
	last, empty := "", hex.EncodeToString(sha256.New().Sum(nil))
	for f := range rows(fileTable, fileColumns) {
		k := knownFile(f)
		switch {
		case !isSHA256(k.SHA256) || k.SHA256 == empty:
			t.Errorf("%q: digest", k.SHA256)
		case f[0]+"\t"+f[2] <= last:
			t.Errorf("%s: not in order, or twice", k.SHA256)
		case f[1] != "" && k.Size <= 0:
			t.Errorf("%s: size %q", k.SHA256, f[1])
		case (k.PURL == "") == (k.URL == ""), k.PURL != "" && !isPURL(k.PURL), k.URL != "" && !isURL(k.URL):
			t.Errorf("%s: place %q", k.SHA256, f[2])
		case k.Name == "" || len(k.Licence) > 64:
			t.Errorf("%s: name %q, licence %q", k.SHA256, k.Name, k.Licence)
		}
		for _, d := range k.Derived {
			if !slices.Contains(kinds, d.Kind) || d.Reference == "" || strings.HasPrefix(d.Reference, "pkg:") && !isPURL(d.Reference) {
				t.Errorf("%s: derived %q", k.SHA256, d)
			}
		}
		last = f[0] + "\t" + f[2]
	}
}

// TestTensorTable also holds that nothing is in the table that models share by
// construction: a tensor that is known of two models would identify neither.
func TestTensorTable(t *testing.T) {
	models := map[string]string{}
	constant := constants()
	last := ""
	for f := range rows(tensorTable, tensorColumns) {
		switch {
		case !isSHA256(f[0]), !isPURL(f[1]), f[2] == "", f[3] != "F32" && f[3] != "F16":
			t.Errorf("bad row %q", f)
		case f[0]+f[1]+f[2] <= last:
			t.Errorf("%s: not in order", f[0])
		case strings.HasPrefix(f[2], "rope_") || strings.HasPrefix(f[2], "tokenizer."):
			t.Errorf("%s: %s is computed, not trained", f[0], f[2])
		case constant[f[0]]:
			t.Errorf("%s: %s of %s is constant", f[0], f[2], f[1])
		}
		if other := models[f[0]]; other != "" && other != f[1] {
			t.Errorf("%s: of %s and of %s", f[0], other, f[1])
		}
		models[f[0]] = f[1]
		last = f[0] + f[1] + f[2]
	}
}

// constants are the digests of tensors of zeros and of ones, in F32 and F16, of
// every size up to 1,024 elements and then of multiples of 64.
func constants() map[string]bool {
	const limit = 1 << 16
	out := map[string]bool{}
	for _, element := range [][]byte{{0, 0, 0, 0}, {0, 0, 0x80, 0x3f}, {0, 0}, {0, 0x3c}} {
		h := sha256.New()
		for n := 1; n <= limit; n++ {
			h.Write(element)
			if n <= 1024 || n%64 == 0 {
				out[hex.EncodeToString(h.Sum(nil))] = true
			}
		}
	}
	return out
}

func TestTokenizerTable(t *testing.T) {
	last := ""
	for f := range rows(tokenizerTable, tokenizerColumns) {
		row := strings.Join(f, "\t")
		if row <= last && f[0] == last[:len(f[0])] && f[1] <= strings.Split(last, "\t")[1] {
			t.Errorf("%q: not in order, or twice", f[:3])
		}
		last = row
		for _, d := range f[6:9] {
			if d != "" && !isSHA256(d) {
				t.Errorf("%s: digest %q", f[1], d)
			}
		}
		for _, n := range f[3:6] {
			if i, err := strconv.Atoi(n); n != "" && (err != nil || i < 0) {
				t.Errorf("%s: number %q", f[1], n)
			}
		}
		var first []string
		if f[9] != "" && (json.Unmarshal([]byte(f[9]), &first) != nil || len(first) == 0) {
			t.Errorf("%s: first merges %q", f[1], f[9])
		}
		switch f[0] {
		case "exact":
			if f[6] == "" || !isPURL(f[11]) || f[10] == "" || !slices.Contains([]string{"tokenizer.json", "sentencepiece", "gguf"}, f[2]) {
				t.Errorf("%s: an identity needs a digest, a form, a place and a basis", f[1])
			}
		case "hint":
			if f[6]+f[7]+f[8] != "" || f[9] == "" || f[3] == "" || f[4] == "" {
				t.Errorf("%s: a hint needs numbers and first merges, and has no digest", f[1])
			}
		default:
			t.Errorf("%s: match %q", f[1], f[0])
		}
	}
}

func TestSmallTables(t *testing.T) {
	hub := regexp.MustCompile(`^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.{},*-]*$`)
	last := ""
	for f := range rows(supplierTable, supplierColumns) {
		if !slices.Contains(strings.Fields(countries), f[2]) || f[1] == "" || strings.ToLower(f[0]) <= last {
			t.Errorf("supplier %q", f)
		}
		last = strings.ToLower(f[0])
	}
	last = ""
	for f := range rows(checkpointTable, checkpointColumns) {
		for i, n := range f[1:7] {
			if v, err := strconv.Atoi(n); n != "" && (err != nil || v <= 0) || n == "" && i < 2 {
				t.Errorf("checkpoint %q: %q", f[7], n)
			}
		}
		row := strings.Join(f, "\t")
		if !hub.MatchString(f[7]) || row <= last {
			t.Errorf("checkpoint %q: name or order", f[7])
		}
		last = row
	}
	last = ""
	for _, e := range encoders() {
		if e.ID <= last || e.Name == "" || len(e.Roles) == 0 || len(e.Upstream) == 0 || len(e.Shapes) < minShapes && len(e.Config) < minTypedSizes {
			t.Errorf("encoder %q", e.ID)
		}
		for _, u := range e.Upstream {
			if !hub.MatchString(u) {
				t.Errorf("encoder %q: upstream %q", e.ID, u)
			}
		}
		for _, s := range e.Shapes {
			if !regexp.MustCompile(`^\d+(x\d+)+(\|\d+(x\d+)+)*(\*\d+(,\d+)*)?$`).MatchString(s) {
				t.Errorf("encoder %q: shape %q", e.ID, s)
			}
		}
		for name := range e.Config {
			if !isSizeName(name) {
				t.Errorf("encoder %q: size %q", e.ID, name)
			}
		}
		last = e.ID
	}
	last = ""
	for _, f := range families() {
		if f.ID <= last || f.Name == "" || len(f.Namespaces) == 0 || len(f.ModelTypes) == 0 {
			t.Errorf("family %q", f.ID)
		}
		last = f.ID
	}
}

func isSizeName(name string) bool {
	keys := []string{"hidden_size", "depth", "num_heads", "n_kv_heads", "d_ff", "vocab_size", "n_ctx", "max_source_positions", "image_size",
		"patch_size", "temporal_patch_size", "mlp_ratio", "num_mel_bins", "codebook_size", "sampling_rate", "latent_channels", "block_out_channels"}
	return slices.ContainsFunc(keys, func(key string) bool { return sizeName(key) == name })
}

// TestStrictJSON holds that rows have no member that the program does not know.
func TestStrictJSON(t *testing.T) {
	strict := func(text string, row func() any) {
		for line := range strings.Lines(text) {
			d := json.NewDecoder(strings.NewReader(line))
			d.DisallowUnknownFields()
			if err := d.Decode(row()); !strings.HasPrefix(line, "#") && err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	strict(encoderTable, func() any { return new(encoder) })
	strict(familyTable, func() any { return new(family) })
}
