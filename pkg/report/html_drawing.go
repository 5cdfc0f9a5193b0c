package report

import "strconv"

// drawing writes a picture with its name, its words, and its twin.
func (h htmlWriter) drawing(d *drawing) {
	width, height := strconv.Itoa(d.Width), strconv.Itoa(d.Height)
	h.put(`
<figure class="drawing %">
<div class="scroll" role="region" tabindex="0" aria-label="%, picture">
<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="%-name %-words" viewBox="0 0 % %" width="%" height="%">
<title id="%-name">%</title>
<desc id="%-words">%</desc>`, d.Class, d.Title, d.ID, d.ID, width, height, width, height, d.ID, d.Title, d.ID, d.Desc)
	for _, k := range d.Marks {
		h.put("\n")
		h.mark(k)
	}
	h.put(`
</svg>
</div>
<figcaption><span class="hidden">%. </span><span class="sideways">The picture scrolls sideways.</span></figcaption>`, d.Title)
	if d.TwinSummary != "" {
		h.details(d.TwinSummary, d.Twin)
	} else {
		h.blocks(d.Twin)
	}
	h.put("\n</figure>")
}

func (h htmlWriter) mark(k mark) {
	x, y, width, height := strconv.Itoa(k.X), strconv.Itoa(k.Y), strconv.Itoa(k.W), strconv.Itoa(k.H)
	switch k.Kind {
	case "rect":
		h.put(`<rect class="%" x="%" y="%" width="%" height="%" rx="3">`, k.Class, x, y, width, height)
		if k.Title != "" {
			h.put(`<title>%</title>`, k.Title)
		}
		h.put(`</rect>`)
	case "path":
		h.put(`<path class="%" d="%"/>`, k.Class, k.D)
	case "circle":
		h.put(`<circle class="%" cx="%" cy="%" r="%"/>`, k.Class, x, y, width)
	default:
		h.put(`<text class="%" x="%" y="%">%</text>`, k.Class, x, y, k.Text)
	}
}
