// Two spatial layers of one still of 96 x 80: gcc layers.c -laom (Debian's libaom-dev 3.6); ./a.out RAW-I420 AV1, which prints their sizes, for a1lx.
#include <aom/aom_encoder.h>
#include <aom/aomcx.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int c, char **v) {
  int W = 96, H = 80; aom_image_t *img = aom_img_alloc(NULL, AOM_IMG_FMT_I420, W, H, 1);
  FILE *f = fopen(v[1], "rb");
  for (int p = 0; p < 3; p++) for (int y = 0; y < (p ? H / 2 : H); y++) if (!fread(img->planes[p] + y * img->stride[p], p ? W / 2 : W, 1, f)) return 2;
  img->range = AOM_CR_FULL_RANGE;
  aom_codec_enc_cfg_t cfg; aom_codec_enc_config_default(aom_codec_av1_cx(), &cfg, AOM_USAGE_GOOD_QUALITY);
  cfg.g_w = W; cfg.g_h = H; cfg.g_limit = 0; cfg.g_lag_in_frames = 0; cfg.g_threads = 1; cfg.rc_end_usage = AOM_Q; cfg.rc_min_quantizer = 10; cfg.rc_max_quantizer = 60;
  aom_codec_ctx_t e; if (aom_codec_enc_init(&e, aom_codec_av1_cx(), &cfg, 0)) { puts(aom_codec_error(&e)); return 1; }
  aom_codec_control(&e, AOME_SET_CPUUSED, 6);
  aom_codec_control(&e, AV1E_SET_COLOR_RANGE, 1);
  if (aom_codec_control(&e, AOME_SET_NUMBER_SPATIAL_LAYERS, 2)) { puts("layers"); return 1; }
  FILE *o = fopen(v[2], "wb"); size_t sizes[2] = {0, 0};
  for (int l = 0; l < 2; l++) {
    aom_codec_control(&e, AOME_SET_SPATIAL_LAYER_ID, l);
    cfg.rc_min_quantizer = cfg.rc_max_quantizer = l ? 20 : 55; aom_codec_enc_config_set(&e, &cfg);
    aom_codec_control(&e, AOME_SET_CQ_LEVEL, l ? 20 : 55);
    int flags = l ? (AOM_EFLAG_NO_REF_GF | AOM_EFLAG_NO_REF_ARF | AOM_EFLAG_NO_REF_BWD | AOM_EFLAG_NO_REF_ARF2 | AOM_EFLAG_NO_UPD_GF | AOM_EFLAG_NO_UPD_ARF) : AOM_EFLAG_FORCE_KF;
    if (aom_codec_encode(&e, img, 0, 1, flags)) { puts(aom_codec_error_detail(&e)); return 1; }
    const aom_codec_cx_pkt_t *p; aom_codec_iter_t it = NULL;
    while ((p = aom_codec_get_cx_data(&e, &it))) if (p->kind == AOM_CODEC_CX_FRAME_PKT) { fwrite(p->data.frame.buf, 1, p->data.frame.sz, o); sizes[l] += p->data.frame.sz; }
  }
  fclose(o); printf("%zu %zu\n", sizes[0], sizes[1]);
}
