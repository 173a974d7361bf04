#!/bin/sh
# Takes out of a root file system what a sandbox does not need, then compiles every Python module once.
#
#   slim.sh ROOT
set -eu
root=${1:?slim.sh: say which root file system: slim.sh ROOT}
root=${root%/}
stdlib=$root/usr/lib/python3.11
packages=$root/usr/local/lib/python3.11/dist-packages

# Documents go; copyright files stay, because the image is handed on.
find "$root/usr/share/doc" -mindepth 1 ! -type d ! -name copyright -delete
find "$root/usr/share/doc" -mindepth 1 -depth -type d -empty -delete
rm -rf "$root/usr/share/man" "$root/usr/share/info" "$root/usr/share/locale" "$root/usr/share/i18n" \
    "$root/usr/share/lintian" "$root/usr/share/bash-completion" "$root/usr/share/bug" "$root/usr/share/menu" \
    "$root/usr/share/pixmaps" "$root/usr/share/applications"
# Perl and apt came with Debian's own way of installing.
rm -rf "$root"/usr/bin/apt* "$root/usr/lib/apt" "$root/usr/libexec/apt" "$root"/usr/lib/*/libapt-*
rm -rf "$root"/usr/bin/perl* "$root/usr/share/perl" "$root/usr/share/perl5" "$root"/usr/lib/*/perl "$root"/usr/lib/*/perl5 \
    "$root"/usr/lib/*/perl-base "$root"/usr/lib/*/libperl.so* "$root/usr/include" "$root/usr/src"
rm -rf "$root/var/lib/apt" "$root/var/cache" "$root/var/log" "$root/etc/apt" "$root/var/lib/dpkg/info" \
    "$root/root/.cache"
rm -f "$root"/var/lib/dpkg/*-old "$root"/etc/*- "$root/etc/machine-id"
for file in "$root/etc/resolv.conf" "$root/etc/hostname"; do
    # While an engine builds the image, it has mounted its own over them.
    mountpoint -q "$file" || rm -f "$file"
done
rm -rf "$root"/tmp/* "$root"/var/tmp/* "$root"/run/*
mkdir -p "$root/var/cache" "$root/var/log"

# Organizers' older programs are started as `python`.
ln -sf python3 "$root/usr/bin/python"

rm -rf "$stdlib/test" "$stdlib/idlelib" "$stdlib/turtledemo" "$stdlib/ensurepip" "$stdlib/lib2to3" \
    "$stdlib/pydoc_data" "$stdlib"/config-3.11-* "$root/usr/lib/python3/dist-packages"/*

# The labels of some contests are in scikit-learn's bundled data; a program must learn, not look up.
rm -rf "$packages/sklearn/datasets/data" "$packages/sklearn/datasets/images"
rm -rf "$packages/bin" "$packages/onnxruntime/transformers" "$packages/onnxruntime/tools" \
    "$packages/onnxruntime/datasets" "$packages/numpy/distutils" "$packages/share"
# numpy._core.tests._natype is part of numpy.testing.
find "$packages" -depth -type d \( -name tests -o -name test -o -name testdata \) \
    ! -path "$packages/numpy/_core/tests" -exec rm -rf {} +
find "$packages/numpy/_core/tests" -mindepth 1 -maxdepth 1 ! -name _natype.py ! -name __init__.py -exec rm -rf {} +
find "$packages" -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.h' \
    -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' -o -name '*.f90' -o -name '*.tp' -o -name '*.a' \
    -o -name 'RECORD' -o -name 'INSTALLER' -o -name 'REQUESTED' -o -name 'direct_url.json' \) -delete

# Nothing in a sandbox may become somebody else.
find "$root/usr" "$root/bin/" "$root/sbin/" -xdev -type f -perm /6000 -exec chmod ug-s {} +

mkdir -p "$root/app/program" "$root/app/ingested_program" "$root/app/input_data" "$root/app/input/ref" \
    "$root/app/input/res" "$root/app/output" "$root/app/shared" "$root/tmp"
chmod 1777 "$root/tmp"

# The root is read-only at run time: without compiled modules each start would compile them again. An unchecked
# hash spares the look at each source file, and has no time stamp in it.
find "$root/usr" -depth -type d -name __pycache__ -exec rm -rf {} +
chroot "$root/" /usr/bin/python3 -B -m compileall -q -f --invalidation-mode unchecked-hash \
    /usr/lib/python3.11 /usr/local/lib/python3.11/dist-packages
