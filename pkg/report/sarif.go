package report

// The parts of SARIF 2.1.0 (OASIS, errata 01) that are written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Invocations []sarifInvocation         `json:"invocations"`
		Automation  sarifAutomation           `json:"automationDetails"`
		Bases       map[string]sarifMessageOf `json:"originalUriBaseIds"`
		ColumnKind  string                    `json:"columnKind"`
		Results     []sarifResult             `json:"results"`
		Properties  sarifOutcomes             `json:"properties"`
	}
	sarifDriver struct {
		Name        string      `json:"name"`
		Version     string      `json:"version,omitempty"`
		Information string      `json:"informationUri"`
		Rules       []sarifRule `json:"rules"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string       `json:"level"`
		Message sarifMessage `json:"message"`
	}
	// An automation's identifier is the category on GitHub: a document replaces
	// the results of its own last upload only.
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifMessageOf struct {
		Description sarifMessage `json:"description"`
	}
	sarifMessage struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifRule struct {
		ID            string              `json:"id"`
		Short         sarifMessage        `json:"shortDescription"`
		Full          sarifMessage        `json:"fullDescription"`
		Help          sarifMessage        `json:"help"`
		Configuration sarifConfiguration  `json:"defaultConfiguration"`
		Properties    sarifRuleProperties `json:"properties"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifRuleProperties struct {
		Tags             []string `json:"tags"`
		SecuritySeverity string   `json:"security-severity,omitempty"`
	}
	sarifResult struct {
		RuleID       string                `json:"ruleId"`
		RuleIndex    int                   `json:"ruleIndex"`
		Kind         string                `json:"kind"`
		Level        string                `json:"level"`
		Message      sarifMessage          `json:"message"`
		Locations    []sarifLocation       `json:"locations"`
		Fingerprints map[string]string     `json:"partialFingerprints"`
		Suppressions []sarifSuppression    `json:"suppressions,omitempty"`
		Properties   sarifResultProperties `json:"properties"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact sarifArtifact `json:"artifactLocation"`
			Region   sarifRegion   `json:"region"`
		} `json:"physicalLocation"`
		Logical []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId"`
	}
	// A region is a line of a text, or bytes of a binary file.
	sarifRegion struct {
		StartLine  int    `json:"startLine,omitempty"`
		ByteOffset *int64 `json:"byteOffset,omitempty"`
		ByteLength int64  `json:"byteLength,omitempty"`
	}
	sarifLogical struct {
		Name          string `json:"name"`
		QualifiedName string `json:"fullyQualifiedName"`
		Kind          string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
	sarifResultProperties struct {
		Outcome  string `json:"outcome"`
		Severity string `json:"severity"`
		Policy   string `json:"policy,omitempty"`
		Key      string `json:"key,omitempty"`
	}
	sarifOutcomes struct {
		Policies []sarifOutcome `json:"policies"`
	}
	sarifOutcome struct {
		Policy     string   `json:"policy"`
		Version    string   `json:"version,omitempty"`
		Digest     string   `json:"digest,omitempty"`
		Outcome    string   `json:"outcome"`
		Sentence   string   `json:"sentence,omitempty"`
		Parameters []string `json:"parameters,omitempty"`
	}
)
