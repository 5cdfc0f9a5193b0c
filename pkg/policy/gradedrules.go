package policy

import "github.com/modelbom/modelbom/pkg/bom"

// gradedRules explains the grades, their reasons, and the rules about the model.
func gradedRules() []Rule {
	const facts = "modelbom.yaml, "
	return []Rule{
		{"graded." + gradeAuditable, "Auditable", bom.SeverityMedium,
			"What comes from somebody else can stay where others can look at it and find what was found. It is the lowest of the reasons auditable.*.", "See the reasons that are below the minimum."},
		{"graded." + gradeLicence, "Licence-clean", bom.SeverityMedium,
			"A part may be passed on only as its licence allows. It is the lowest of the reasons licence.*.", "See the reasons that are below the minimum."},
		{"graded." + gradeSecurity, "Security-reviewed", bom.SeverityMedium,
			"Somebody has to have looked at these very bytes. It is the lowest of the reasons security.*.", "See the reasons that are below the minimum."},
		{"graded." + gradeReplaceable, "Replaceable", bom.SeverityMedium,
			"A part that can be exchanged is no lasting dependence. It is the lowest of the reasons replaceable.*.", "See the reasons that are below the minimum."},

		{reasonFormat, "Weights in a format that anybody can read", bom.SeverityMedium,
			"Weights that only their producer's program reads cannot be compared with anything.", "Publish the weights as safetensors or GGUF."},
		{reasonDigests, "Full digests", bom.SeverityMedium,
			"Without digests it is not certain which bytes a statement is about.", "Generate the document with all files at hand and without --no-tensor-digests."},
		{reasonOrigin, "The origin is verified", bom.SeverityMedium,
			"What a publisher declares is not what bytes show. The strength of the evidence decides: exact and strong meet it, moderate in part.", "Generate the document with an index that holds the upstream."},
		{reasonTraining, "Training data is stated", bom.SeverityLow,
			"What a part was trained on decides what it can pass on. It takes no more than \"met\" away, since few upstreams tell it.", "State it in the facts file: " + facts + "parts.ROLE.training-data; or name datasets in the card."},
		{reasonLineage, "The publisher declares the origin", bom.SeverityMedium,
			"Transparency is that its user is told, and not that somebody found out.", "Name the upstream: base_model in README.md, or _name_or_path in the part's configuration."},

		{reasonConcluded, "A licence is concluded", bom.SeverityMedium,
			"A licence that is only declared may not be the one that the part came under.", "Add the licence text, mend what contradicts it, and name the upstream's licence in the index."},
		{reasonConflict, "No conflict of licences", bom.SeverityHigh,
			"What is declared has to keep what the upstream's licence asks.", "Declare the upstream's licence for the part, or ask the licensor."},
		{reasonObligations, "Obligations are met", bom.SeverityLow,
			"Names, notices and phrases that a licence asks for can be seen; thresholds and excluded uses cannot. It takes no more than \"met\" away.", "Do what the finding names."},
		{reasonClass, "The class of the licence", bom.SeverityMedium,
			"Programmes differ in which licences they accept. The parameter licence-classes names the classes that are met.", "Use a part under another licence, or name the class in licence-classes."},

		{reasonObserved, "Looked at for security", bom.SeverityMedium,
			"Where nobody looked, no finding is no result.", "Generate the document with this program, which looks at every file."},
		{reasonFindings, "No grave finding about security", bom.SeverityHigh,
			"What loading the part does, and what is hidden in its files, is a finding by its severity: medium in part, high and above not met.", "See the findings, and except those that were judged harmless: " + facts + "exceptions."},
		{reasonReview, "A security review of these bytes", bom.SeverityMedium,
			"A tool sees what it knows. A review is a person's, names the digest of the bytes, and does not hold for others.", "State it in the facts file: " + facts + "parts.ROLE.reviews."},
		{reasonSecurityFormat, "Formats that hold data only", bom.SeverityMedium,
			"Some formats are programs.", "Publish the weights as safetensors or GGUF."},
		{reasonCode, "No code of the repository runs", bom.SeverityHigh,
			"Code that is loaded with a model can do anything, and can change after a review.", "Use an architecture that the library holds, or review the code and except the finding."},

		{reasonSeparable, "A part of its own", bom.SeverityMedium,
			"What is all of a model cannot be exchanged in it.", "Nothing but another design."},
		{reasonInterface, "A standard interface", bom.SeverityMedium,
			"A part is exchanged at its interface. A known architecture has one; stating it meets it.", "State it in the facts file: " + facts + "parts.ROLE.replaceability.interface."},
		{reasonSeam, "The seam is small", bom.SeverityMedium,
			"An unchanged part with a projector beside it is exchanged by training the projector anew. A part that was trained on with the rest is exchanged by training both.", "Keep the part frozen and train what joins it."},
		{reasonShare, "Its share of the model", bom.SeverityMedium,
			"To exchange most of a model is to make another one. The parameter max-share is the limit.", "Nothing but another design."},
		{reasonAlternatives, "There are alternatives", bom.SeverityLow,
			"What nobody else makes cannot be exchanged. It takes no more than \"met\" away, since an index need not know the alternatives.", "State them in the facts file: " + facts + "parts.ROLE.replaceability.alternatives."},

		{ruleGradedOwn, "The part is its producer's own", bom.SeverityMedium,
			"A part that its producer states to be their own, and against which nothing speaks, is not graded.", "State it in the facts file: " + facts + "parts.ROLE.own or model.own."},
		{ruleGradedUnplaced, "An upstream that no part is shown to come from", bom.SeverityMedium,
			"An upstream that is named for the model and found in no part cannot be graded.", "Name it where the part is described (its configuration), or compare with an index that holds it."},
		{ruleGradedParts, "No part holds weights", bom.SeverityMedium,
			"A document without weights shows nothing about them.", "Generate the document from the repository that holds the weights."},
	}
}
