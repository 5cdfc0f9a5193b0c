package inventory

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// typeRoles maps a configuration's model_type to the role of a checkpoint that
// has no sub-models. Types that are not listed are decided by the class name.
func typeRoles() map[string]bom.Role {
	return invert(map[bom.Role][]string{
		bom.RoleTextEncoder: {"bert", "roberta", "xlm-roberta", "xlm-roberta-xl", "distilbert", "albert", "electra", "deberta",
			"deberta-v2", "mpnet", "camembert", "modernbert", "nomic_bert", "new", "nystromformer", "funnel", "ernie", "luke",
			"longformer", "big_bird", "squeezebert", "mobilebert", "convbert", "esm", "clip_text_model", "siglip_text_model",
			"t5encoder", "eurobert", "xlnet", "flaubert", "xlm", "rembert", "roformer", "megatron-bert", "data2vec-text",
			"gemma3_text_encoder", "jina_bert", "gte", "layoutlm", "layoutlmv2", "layoutlmv3", "lilt", "markuplm", "ibert",
			"canine", "fnet", "mra", "neobert", "xmod", "yoso", "tapas",
			"roc_bert", "roberta-prelayernorm", "esmc", "jina_embeddings_v3", "bert-generation"},
		bom.RoleVisionEncoder: {"vit", "deit", "beit", "swin", "swinv2", "dinov2", "dinov2_with_registers", "dinov3_vit",
			"dinov3_convnext", "convnext", "convnextv2", "resnet", "regnet", "efficientnet", "mobilenet_v1", "mobilenet_v2",
			"mobilevit", "mobilevitv2", "clip_vision_model", "siglip_vision_model", "siglip2_vision_model", "hiera", "pvt",
			"pvt_v2", "poolformer", "levit", "cvt", "vit_mae", "vit_msn", "ijepa", "segformer", "timm_wrapper", "detr", "yolos",
			"conditional_detr", "deformable_detr", "rt_detr", "rt_detr_v2", "d_fine", "table-transformer", "dpt", "depth_anything",
			"intern_vit_6b", "aimv2_vision_model", "data2vec-vision", "focalnet", "bit", "vjepa2", "donut-swin", "videomae",
			"timesformer", "vivit", "mask2former", "maskformer", "upernet", "glpn", "swin2sr", "superpoint", "birefnet"},
		bom.RoleAudioEncoder: {"wav2vec2", "wav2vec2-bert", "wav2vec2-conformer", "hubert", "wavlm", "unispeech", "unispeech-sat",
			"sew", "sew-d", "audio-spectrogram-transformer", "data2vec-audio", "mctct", "encodec", "dac", "mimi", "parakeet_ctc",
			"xcodec"},
		bom.RoleEmbedding: {"model2vec"},
		// There is no role for speech synthesis.
		bom.RoleOther: {"vits", "fastspeech2_conformer", "fastspeech2_conformer_with_hifigan", "hifigan", "bark", "univnet"},
	})
}

var (
	typeRole = typeRoles()
	// dualType holds model types whose text side is an encoder, not a language
	// model.
	dualType = set("clip", "siglip", "siglip2", "chinese_clip", "clap", "align", "altclip", "clipseg", "owlvit", "owlv2", "groupvit",
		"vision-text-dual-encoder", "xclip", "jina_clip", "blip_text_model", "metaclip_2", "flava", "mobileclip", "aimv2", "tipsv2", "videoprism_clip")
)

// classRole reads the ending of a class name of transformers or diffusers.
// "For..." names a task and with it what is below; anything may follow a causal
// language model's, such as "Eagle3".
func classRole(class string) bom.Role {
	for _, e := range []struct {
		role    bom.Role
		endings []string
	}{
		{bom.RoleLanguageModel, []string{"LMHeadModel", "ForConditionalGeneration", "DoubleHeadsModel", "MTModel"}},
		{bom.RoleVisionEncoder, []string{"ForImageClassification", "VisionModel", "VisionModelWithProjection", "ForObjectDetection",
			"ForDepthEstimation", "ForSemanticSegmentation", "ForInstanceSegmentation", "ForUniversalSegmentation", "ForImageSegmentation",
			"ForVideoClassification", "ForMaskedImageModeling", "ForKeypointDetection", "ForImageToImage", "ForImageSuperResolution",
			"ForImageClassificationWithTeacher", "VisionTransformer", "VisionTransformerPretrainedModel"}},
		{bom.RoleAudioEncoder, []string{"ForCTC", "ForAudioClassification", "ForAudioFrameClassification", "ForXVector", "ForRNNT", "ForTDT",
			"AudioEncoder", "AudioModel", "SpeechEncoder"}},
		{bom.RoleTextEncoder, []string{"ForMaskedLM", "CLIPTextModel", "TextModelWithProjection", "T5EncoderModel"}},
		{bom.RoleOther, []string{"ForTextToSpeech", "ForSpeechToSpeech", "ForTextToWaveform"}},
	} {
		for _, ending := range e.endings {
			if strings.HasSuffix(class, ending) {
				return e.role
			}
		}
	}
	for _, e := range []struct {
		part string
		role bom.Role
	}{
		{"ForCausalLM", bom.RoleLanguageModel}, {"Autoencoder", bom.RoleVAE}, {"VQModel", bom.RoleVAE},
		{"ControlNet", bom.RoleAdapter}, {"T2IAdapter", bom.RoleAdapter}, {"MotionAdapter", bom.RoleAdapter},
		{"UNet", bom.RoleDiffusionBackbone}, {"Transformer2DModel", bom.RoleDiffusionBackbone},
		{"Transformer3DModel", bom.RoleDiffusionBackbone}, {"PriorTransformer", bom.RoleDiffusionBackbone},
	} {
		if strings.Contains(class, e.part) {
			return e.role
		}
	}
	return ""
}

// ggufRoles maps the general.architecture of GGUF files that hold no decoder.
// Any other architecture is a language model.
func ggufRole(architecture string) bom.Role {
	switch architecture {
	case "":
		return bom.RoleOther
	case "t5encoder", "gemma-embedding", "llama-embed", "neo-bert":
		return bom.RoleTextEncoder
	case "flux", "sd1", "sd2", "sdxl", "sd3", "aura", "auraflow", "hidream", "cosmos", "ltxv", "hyvid", "wan", "lumina2", "qwen_image", "chroma":
		return bom.RoleDiffusionBackbone
	case "wavtokenizer-dec":
		return bom.RoleOther
	case "clip":
		return bom.RoleProjector
	}
	if strings.Contains(architecture, "bert") {
		return bom.RoleTextEncoder
	}
	return bom.RoleLanguageModel
}
