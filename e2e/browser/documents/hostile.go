package documents

import (
	"reflect"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Attacks are texts that must stay texts.
var Attacks = []string{
	`<script>pwned("script")</script>`,
	`"><img src=x onerror=pwned("img")>`,
	`' onmouseover=pwned("attribute') x='`,
	`</title><script>pwned("title")</script>`,
	`</style><script>pwned("style")</script>`,
	`</svg><svg onload=pwned("svg")>`,
	`<iframe src="https://attacker.example/frame"></iframe><link rel=stylesheet href=https://attacker.example/x.css>`,
	`javascript:pwned("link")`,
	`https://attacker.example/"onclick="pwned(1)`,
	`[click](javascript:pwned("markdown")) ![](https://attacker.example/i.png) @everyone`,
	"\x1b[31mred\x1b]8;;https://attacker.example\x07link\x1b[2J",
	"\u202egpj.exe\u2066hidden\u200b\u2028",
	`{{.}} {{template "x"}} ${pwned(1)} <!-- --> ]]> &lt;script&gt;`,
	"bad\xff\xfebytes\x00",
	strings.Repeat("huge", 5000),
	`<math><mtext></p><style><img src=x onerror=pwned("math")>`,
	`url(https://attacker.example/bg.png); background: red } * { display: none`,
	"0>0:1e309 1>1:NaN 2>2:0.5 99999999999>0:1 3>3:-1 4>4:<script>",
}

// Hostile is the showcase with an attack in every text. Texts that decide what
// is shown, such as kinds and verdicts, have one in every other place.
func Hostile() *bom.Document {
	d := Showcase()
	for i := range d.Components { // references keep leading somewhere, as decoders see to
		c := &d.Components[i]
		c.Links = append(c.Links, bom.Link{Type: "x", URL: Attacks[7]}, bom.Link{Type: "x", URL: Attacks[8]},
			bom.Link{Type: "website", URL: "https://user:secret@attacker.example/"}, bom.Link{Type: "website", URL: "https://аpple.example/"}, bom.Link{Type: "website", URL: "data:text/html,<script>pwned(1)</script>"})
	}
	n := 0
	poison(reflect.ValueOf(d).Elem(), &n)
	return d
}

func poison(v reflect.Value, n *int) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), n)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i), n)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), n)
		}
	case reflect.String:
		*n++
		attack := Attacks[*n%len(Attacks)]
		switch {
		case v.Type() == reflect.TypeFor[bom.Ref]():
			if s := v.String(); s != "" && s != "model" {
				v.SetString(s + Attacks[0]) // the same for the same reference
			}
		case v.Type() != reflect.TypeFor[string](): // a word of a list
			if *n%2 == 0 && v.Type() != reflect.TypeFor[bom.Role]() && v.Type() != reflect.TypeFor[bom.Kind]() && v.Type() != reflect.TypeFor[bom.Relation]() {
				v.SetString(attack)
			}
		case strings.HasPrefix(v.String(), "layers:"), strings.HasPrefix(v.String(), "modelbom:"), strings.Contains(v.String(), "://"):
			// names of properties stay, so that their values are shown
		default:
			v.SetString(attack)
		}
	}
}
