package report

// table writes a table. Roles are repeated in words, since the style makes a
// list of it on a narrow screen, and a browser would no longer tell it as one.
func (h htmlWriter) table(t *table) {
	h.put(`
<div class="table">
<table role="table">
<caption>%</caption>
<thead role="rowgroup"><tr role="row">`, t.Caption)
	for _, c := range t.Columns {
		h.put(`<th role="columnheader" scope="col"`)
		h.width(c)
		h.put(`>%</th>`, c.Title)
	}
	h.put(`</tr></thead>
<tbody role="rowgroup">`)
	for _, row := range t.Rows {
		h.row(t.Columns, row)
	}
	h.put(`
</tbody>
</table>`)
	if t.More != "" {
		h.put("\n"+`<p class="more">%</p>`, t.More)
	}
	h.put("\n</div>")
}

// row writes the cells of a row; the first is what the row is about.
func (h htmlWriter) row(columns []column, row []cell) {
	h.put("\n" + `<tr role="row">`)
	for i, c := range row {
		if i == 0 {
			h.put(`<th role="rowheader" scope="row" data-label="%"`, columns[i].Title)
		} else {
			h.put(`<td role="cell" data-label="%"`, columns[i].Title)
		}
		h.width(columns[i])
		h.put(`><div>`)
		h.spans(c)
		if i == 0 {
			h.put(`</div></th>`)
		} else {
			h.put(`</div></td>`)
		}
	}
	h.put(`</tr>`)
}

func (h htmlWriter) width(c column) {
	switch {
	case c.Numeric:
		h.put(` class="n"`)
	case c.Narrow:
		h.put(` class="s"`)
	case c.Roomy:
		h.put(` class="r"`)
	case c.Wrap:
		h.put(` class="w"`)
	}
}
