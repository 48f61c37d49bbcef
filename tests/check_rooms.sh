#!/bin/bash
# check_rooms.sh: a room of src includes only itself and the rooms before it; image and text never include each other.
# Also: no source file but golden values has more than 450 lines, no function more than 70.
set -u
rooms=(base config compute engine image text report commands)
status=0

place() {
    for i in "${!rooms[@]}"; do
        [ "${rooms[$i]}" = "$1" ] && echo "$i" && return
    done
    echo -1
}

allowed() { # allowed FROM TO
    case "$1 $2" in 'image text' | 'text image') return 1 ;; esac
    [ "$(place "$2")" -ge 0 ] && [ "$(place "$2")" -le "$(place "$1")" ]
}

while IFS=: read -r file line include; do
    from=${file#src/} from=${from%%/*}
    to=${include#*\"} to=${to%%/*}
    allowed "$from" "$to" && continue
    echo "$file:$line: room $from may not include \"$to/...\""
    status=1
done < <(grep -nE '^ *# *include *"[a-z]+/' -r src --include='*.[ch]' | grep -v '^src/main\.c')

for folder in src/*/; do
    room=$(basename "$folder")
    [ "$(place "$room")" -ge 0 ] && continue
    echo "src/$room: not in the list of rooms"
    status=1
done

while read -r lines file; do
    [ "$file" = total ] || [ "$lines" -le 450 ] && continue
    echo "$file: $lines lines; 450 are the limit, make two files of it"
    status=1
done < <(find src tests -name '*.[ch]' ! -name '*_golden.h' -exec wc -l {} +)
while read -r found; do
    echo "$found; 70 are the limit, make two functions of it"
    status=1
done < <(find src tests -name '*.[ch]' -exec awk '
    FNR == 1 { start = 0 }
    /^[a-z].*\) \{$/ { start = FNR }
    /^\}/ { if (start && FNR - start >= 70) print FILENAME ":" start ": " FNR - start + 1 " lines"; start = 0 }' {} +)
exit $status
