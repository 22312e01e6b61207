// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

static void check(const char *data, size_t size, const char *want)
{
    char got[SHA256_TEXT];
    struct sha256 s;
    sha256_begin(&s);
    sha256_add(&s, data, size);
    sha256_end(&s, got);
    assert_string_equal(got, want);
}

// The examples of FIPS 180-4, and the empty message.
static void the_examples_of_the_standard(void **state)
{
    (void)state;
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    check("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check(two, sizeof two - 1, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *many = malloc(1000000);
    assert_non_null(many);
    memset(many, 'a', 1000000);
    check(many, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(many);
}

static void pieces_do_not_matter(void **state)
{
    (void)state;
    char data[200], whole[SHA256_TEXT], pieces[SHA256_TEXT];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7);
    for (size_t n = 0; n <= sizeof data; n++) {
        struct sha256 s;
        sha256_begin(&s);
        sha256_add(&s, data, n);
        sha256_end(&s, whole);
        sha256_begin(&s);
        for (size_t i = 0; i < n; i += 13)
            sha256_add(&s, data + i, n - i < 13 ? n - i : 13);
        sha256_end(&s, pieces);
        assert_string_equal(whole, pieces);
    }
}

static void a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/weir-sha256-XXXXXX", text[SHA256_TEXT];
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, "abc", 3) == 3 && close(fd) == 0);
    assert_true(sha256_file(path, text));
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    unlink(path);
    assert_false(sha256_file(path, text));
    assert_false(sha256_file("/tmp", text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_examples_of_the_standard),
                                       cmocka_unit_test(pieces_do_not_matter), cmocka_unit_test(a_file)};
    return RUN(tests);
}
