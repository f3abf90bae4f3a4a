# Known vulnerabilities of the locked packages. pip-audit runs in an environment of uv's own.

AUDITED := dev gpu training
AUDIT := tool run --quiet pip-audit --strict --progress-spinner off --disable-pip --require-hashes

.PHONY: audit

# Exit codes: 1 something was found, 3 the packages could not be looked up.
audit: $(UV_STAMP) ## Look up known vulnerabilities of the packages in requirements/*.txt (needs a network)
	@for name in $(AUDITED); do \
		said=$$($(UV) $(AUDIT) -r requirements/$$name.txt 2>&1) && code=0 || code=$$?; \
		case "$$said" in \
			*"No known vulnerabilities"* | *"Found "*" known vulnerabilit"*) \
				printf 'requirements/%s.txt:\n%s\n' "$$name" "$$said"; [ $$code = 0 ] || found=1 ;; \
			*) printf '%s\n' "$$said" | tail -n 1 >&2; \
				echo "requirements/$$name.txt could not be audited: the database of vulnerabilities can't be reached." >&2; \
				echo "Run make audit where there is a network." >&2; exit 3 ;; \
		esac; \
	done; exit $${found:-0}
