# The Chinese fonts of PDFs, cut from Noto CJK. fonttools runs in an environment of uv's own.

FROM ?= /usr/share/fonts/opentype/noto

.PHONY: fonts

fonts: $(UV_STAMP) ## Make the Chinese fonts of evalsite/core/fonts/ again (FROM=folder of Debian's package fonts-noto-cjk)
	$(UV) run --quiet --no-project --with fonttools==4.68.0 python make/fonts/subset.py $(FROM)
