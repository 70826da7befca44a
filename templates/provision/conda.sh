conda=$(command -v micromamba || command -v mamba || command -v conda)
"$conda" create --yes --prefix @prefix@ --file explicit.txt
