//! Databases as SQLite 3.40 wrote them, with the table that VS Code makes.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::io::{Cursor, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use proptest::prelude::*;

use super::*;

const INDEX: &str = "sqlite_autoindex_ItemTable_1";
const PREFIX: &str = "secret://";
/// Pages of 4096 bytes; a row of `gone.azure-devops` was deleted, and one key is longer than its page takes.
const SMALL: &str = "H4sIAAAAAAACA+3awUvbUBwH8Jc2Gjc0cbuIjOEjHuygjY0TdMJgbcmgUOp0lW3MTWL7qlnTRJOXqis95D48e5PdBvs7dtr/svNu7rVuHQO1Y8yB7vuBQt6PL32vbeC9/OjTlZLDGa37QdPm9D4ZJ5JEHlFKCJG/v36QzhhL5GIyMarSmPaVJLR1oq1rnwgAAAAAAADANbMlKRNTU1J8l9ubLity1qz8cpEorFq5ikUruXzJov0yTTXYAa1Yzyt0rVxcWbPocpkWlsuPS8VCha5aT0q5gpWmLduNGM2XlvP3zMTwhDUlEcersf1w1xVP9Bt2xP3eeKP/xhtm/zIpljfSXeOY+pEoygnR2pqsxuozNaPeVk5EAQAAAK6rd+Mj8tG0FrJqwPjS7GxbZ/uceaHje8WavqQHrLZtc+ON3bL1tC7OJaLWAACAa0fv7E8qyQVtzw8am8yrbhsth+0Z2R4zNZws3mmyJvO4P/szsmMHPDzNzLV1W1+a66SGBiXNXtLspORByWwvme2I7erFpWyCUUKOZ9bO3QNtr+HwzYZvtMKqX2OZnch1MwHbjVjIM/bbmt/fGbsDsXKud9o6P9hhopSP6nUWiETN5uJTvDTNxfT8g/T84qtOnJDkOHf+vKfTGU2nGvihXxdzRXxbfE1O1eYi05+1HzBcf8vxDFF1nfA3F3FTu0WU0WOiflE/qx+08uix9l49VA9xNAIAAAAAgH/en5SPpiW0J/8D4teWJ5ML0pmtB0VPFqWLOw/DAyPm0MBItvsH94d/fLuuyvGM9FcbCYnXcpy7cXk9gu6qce8BwMWN4RGcRgAAAAAArrhvVDQc0gBAAAA=";
/// Pages of 512 bytes, so that the index has three levels: a hundred rows of others around 41 secrets.
const DEEP: &str = "H4sIAAAAAAACA+1dW5BUxRnuXhaWXVi5iIIKMgyogMie68ycBeWyLOzqAgssAgouCwywvWd2gR1gkeuIeIskkWjMxSSYiyExFxOjSYyJuahVqUqlrAoPeUlVKi95yUPykrIqL+kza9jSipX+6cOf7er/rzrN7PDVfF3fP/9/vjl9embTho7ecjGzd+BQqaec8VkN45wtz2QYkw8Ze5eNBJdH7Uf+/l9Rwxbv5o38fVbDtzO+nb/DLIp9vG767Nm8MqvcsysutpeLpa4PPahp2di6oqs107ViZUdr5srTmfl9xWOZrtatXZnN69o3bG7NrF+XaVm/bnVHe0tXZmNrZ8eKltZFmSM98eFiZmXH+pUL3Jpx01tnc9bbv6c4NHgwlhnt7jlcHqj+3X3lhbvdKw/HyOmNT+Y4Vh5z+drk4bv8X/yf/B/8b/yv/C/8T/yP/A/89/y3/G3+Fn+Dv8Zf4S/zl/iL/AX+PL/Az/Mn+Fl+ih/jZT7ABS/ybr6Nbxp+KXvjrcpEOb5RScT9USUpl+9Xkue/dUIOXx+Sw1fKcnj+gBwuxHJ4er8cHt8jh0d2yuHEdjkc3SqHg11yiDuT91GHHHra5LB9lRzuXy6HDUvl0FGQw+pADiscOSxZJIfcfDm48+RwZ1LEt8+UQ2aGHG6ZJocbJ8thUjLFhmSG9bVJkXP+XjLFLw//Q2F4fKmvtrKNl4qlYn95oKn08SGxyXuMlfTCkUGqGxz6+XdrSEWb8++NIRVtzr9fSyranP9gLKloZjRWP9R3Mv4sn8/eZJ26rydqpflsVDCfKTQdMQaNyxM1aFyu4GhcTur5H48297yoQ+PKiXFoXKEYi8YVpNP/w3HUSW0+/+fqSEWb858fTyranP9CPalI/r/q/yZieRfXFRPQuBzRgObJIlGPxlVIp/6jBqoki/u/60wgFc2MpHDrWZnxy/wSP8E7+Tz2PvsduyifagO+1CJVIGB98joAthGAnQjATgBgxwOwdQDsOAB2rJDYejVsbQO/JPPfJvM/kvfh94H8D0AA5ncTADsDgJ0OwN4AwE4DYGcBsDMB2JuvUX1NSaf/uxOpk9p8/vcaSUX6/Ff9/DcZ7TNZKCahcQXiOjQuXzSicXnp1L9/HVWSzf0/mEQq2pz/cDKpaHP+c1NIRfJ/Vf83Dc27ROJ6NK6CmIrGlRdT0Lhy6dR/fipVks39v3A9qWhz/qNppKLF+fecG0hF8n9V/zcDy7t4vpiOxuWJG9G4XHEDGpeTTv27N1IlmRkN/PLw+m+y3vvhFeDLkNcBrDnOB2DvAGBvA2DnAbBzAdjZAOxCAHYBADuHAdaK06l/bzpVks3+z59BKtqc/+AmUpH8f9X/z0TzrnlxCxpXTtyMxhWKm9C40tn/54U3UyXZ3P9zt5CKNuc/P5NUtDn/hVmkIvm/qv/LYHkX3xWz0bgccSuaJ4vELDSudPb/edGtVEkW93/fmU0q2px/N0Mq2px/bw6paGZ8aP/vlb2/yfrfqNj/GwKwAQDrA7AeANsEwBYA2DwAuxiAvSt1/z8PzZOHYi4aVyCyaFy+mIPGlc7+L9/PUie1+fwfzCUVbc5/OI9UtDn/udtIRbr+W/V/89G8SyTuQOMqiNvRuPLiNjSudPZ/+fnbqZJs7v+FO0hFm/MfzScVLc5/4CwgFcn/Vf3fIizvEvjiTjQuTyxE43LFAjSudPZ/Be5CqiSb+793J6loZozy9b8WAHYlALscgF0GwN4NwLYCsKsA2KUAbHM69e8vokqyuf8Hd5GK5P+r/t9B86550YTGlROL0bhCcRcaVzr7v4JwMVWSzf0/10Qq2pz/vEMq2pz/gksqkv+r+r8Ay7uErvDRuBzhoXmySLhoXOns/woijyrJ4v4fOj6paHP+3YBUtDn/XkgqmhmjfP2nE4BdD8CuA2DXArD3ArCbANiNAGw7ANuWuv8voHnyUOTRuAKRQ+PyRYjGlc7+r3D4PmIKW8//QZ5UtDn/YYFUtDn/uYhUpOu/Vf+3FM27RGIJGldBNKNx5UWExpXO/q8w30yVZHP/LywhFW3Of7SUVDQ3mrOOM6gR2ZN3k4hG+78uxp/jC9lb8kEK0bu8trKlcbC4+1Cx3NzUdDxbHCoX+wd7B/rb92Sbsz2Ld2UXZfuKx+Rjx9d74/UuU6fyNKnuUadyNanuVqfSrNwP6l9zwvdQIZnd/zVrYxmJaGj8P9b/hOxuXKG7SehDAOwOAPZBAPYBAHYrALsTgO0GYLcAsJs/qH/N0/ByKiSz+3+gl/8VJCL5/xH/v0rdvuY1nXKLOlVOk2qlOlWoSbVCnSpIxf9rTnglFZLZ/V+zNlpIRLPzr9mGV5GIZue/oJf/VhKR/N+I/2tTti+u7pXSNepUmldKe1erm7JIk6pVnaqQiv/TnPBqKiSj+79ubawhEc3Ov2YbbiMRzc6/5vpPO4loaIzy9Z8+AFYAsL0A7H4AtgjA9gOwJQB2DwC7+5r4/w51U657pfQ+dSrNK6W996pT6d7V0q5O5aXh/3UnfC81UrPP/5q1cR+JaHb+NdtwB4lodv4113/Wkoh0/XfE/3Wq2xfdK6Xr1ak0r5T2rlOn0r2rYa06VS4V/6c54XVUSGb3f83aWE8imp1/zTbcSSIanX9Pc/1nA4lI/m/E/3Up2xdP90rZJnUq3f1fG9WpdO9q2KBOlcr+L90Jb6RCMrv/a9bGJhLR0Bjl63/HANghAPYIAHsYgB0EYI8DsA8DsIcA2AMf1L/mabiLCsns/q+5/rOZRCT/P+L/t6rbV90rpVvUqXT3f92vTqV7V8NmdapU9n/pTvh+KiSz+79mbWwhEc3Ov2Yb3koimp1/zfWfbSQi+b8R/7dd2b74uldKH1Sn0t3/9YC6KdO9q2GbOlUq+790J/wAFZLR/V+3Nh4kEc3Ov2Yb3k4imp1/zfWfHSSioTHK138eA2DPAbCPArBnAdgzAOyTAOwTAOxpAPbUNfH/O9VNue6V0m51Kt39Xw+pU+ne1bJDnSqV/V+6E36IGqnZ53/N2ugmEc3Ov2Yb3kkimp1/zfWfHhKRrv+O+L896vZF90rpbnUq3f1fu9SpdO9q6FGnSmX/l+6Ed1Ehmd3/NWtjN4lodv412/AeEtHgOKobjowi6Wiu/2tj/AKfx15nV/1FfvH+2sqOxqMDh/p2Fft37286es1Cvtf8eB8imxfvRWRz4yIim5NW/bt7qZZs7v/ePtLRxGioHmsYW/NfVgDV41xd7VOTatTWnH5Tkg2OKzQ4iX0WgP0MAPsMAPtpAPaTAOxnAdjnANjzAOwn0qp/fz/Vks39P+glHa32/zGia83HfYhsuVggsoVxLyJbkFb9h4Jqyeb+n+sjHW3Ofz4mHW3Of6FEOlrt/w7guRbXjQcQ2Zy4H9GRRXEJka2QVv1H/VRLFvd/1xkgHW3Ov3uAdLQ5/95B0tHEGF7/adPe/wVYc/gmAPs1AParAOyLAOxFAPaLAOxLAOw3ANgvALCfr5HDWD45SeF9/D1+kR/gy+Wff2avsDOsk2Xk83+3rCTu6autbOOlYqnYXx5oKn18SGzyw6cOAB/JIwvAJ3sqrwfgb5XHVAB+cpL/OplsGT/9SP5Ha3wn+ThWo/b+fl0eLwDq4ZI8PgXAf04eFcB+y6fkUQbgk/uz9wLwiQvfBsDvSu3zfxnxE3kYDyKyBfEhRDY/PojI5qXl//xD5KVs9v/BIOloc/7DMuloc/5zh0lHEyM1/zeE6Fqi+CgiWyE+gsiWjw8jsuXSqv/8Eaolm/t/4SjpaHP+oyHS0eL8e84x0tFq/3cCz7V4fnwckc2LH0Zkc+NjiGxp7f/03Ieplmzu/95x0tHEuPL9rx9Z/eeXOfRHnZW//xWwvvYDAPYVAPZ7AOx3AdiXAWuTrwKwPwTM4duA130trfr3T1At2dz/g5Oko7n+f81//P+aq7X/FYboWvPxaUS2XHwKkS2MTyKypbX/0wtPUS3Z3P9zp0lHm/OfZ2dISIvzX2AVEtJY/7eK8Wd4lr0qH1yV+avFsyy+G1fGINI5caUG0ZBFcYUj0qW1/9OL2CNUTPb2f99hZ0lIi/PvskdJSIvz77FzJKSB0cBPsPpk/b9zZP2HtSW7QWGvA1hz+CUA+wsA9ucA7JsA7M8A2J8AsD9mgDUzwOv+GoD9VTr+fzyiIQ/jSh0iXRBXxiHS+XFlLCJdWvu/fJ89Rs3U4vN/wB4nIS3Of8ieICEtzn+OPUlCWnv9dyKiZYniygREukJcaUCky8eVekS6tPZ/+fnqV1tQ2Nr/C8M/JUFhaf4j9jQJaWa83ZyNoj4KKyN5A1xrjuxJdp7KbPQGVYGlkT05lHz+47yfcfr+boQ4N67SWPvUpElKP+1+zU/KckLv/Buwx5NuAIwBAA==";

fn unpacked(sample: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let packed = STANDARD.decode(sample).unwrap();
    GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The database of the small sample, for tests of the store.
pub(in crate::stores::ide) fn small() -> Vec<u8> {
    unpacked(SMALL)
}

fn read(bytes: &[u8]) -> Result<Vec<String>, &'static str> {
    keys(&mut Cursor::new(bytes), INDEX, PREFIX)
}

#[test]
fn keys_are_found_in_order_and_deleted_ones_are_not() {
    let found = read(&small()).unwrap();
    let expected = [
        "secret://{\"extensionId\":\"ankitbko.vscode-pull-request-azdo\",\"key\":\"azdo.pat\"}",
        "secret://{\"extensionId\":\"redhat.java\",\"key\":\"",
        "secret://{\"extensionId\":\"vscode.microsoft-authentication\",\"key\":\"microsoft.login.keylist\"}",
    ];
    assert_eq!(found.len(), expected.len());
    for (key, start) in found.iter().zip(expected) {
        assert!(key.starts_with(start), "{key}");
    }
}

#[test]
fn only_the_pages_on_the_way_are_read() {
    let mut bytes = unpacked(DEEP);
    let found = read(&bytes).unwrap();
    assert_eq!(found.len(), 41);
    assert!(found.is_sorted());
    // The table's own pages are of no concern.
    let root = 512..1024;
    bytes[root].fill(0xee);
    assert_eq!(read(&bytes).unwrap().len(), 41);
}

#[test]
fn what_is_no_database_is_said() {
    for bytes in [&b""[..], &[0; 200], b"SQLite format 3\0", &small()[..5_000]] {
        assert!(read(bytes).is_err());
    }
    assert_eq!(
        keys(&mut Cursor::new(small()), "other", PREFIX),
        Ok(Vec::new())
    );
}

#[test]
fn pages_that_lead_in_a_circle_end() {
    let mut bytes = unpacked(DEEP);
    let pages = bytes.len() / 512;
    for page in 1..pages {
        let start = page * 512;
        if bytes[start] == INDEX_INNER {
            let own = u32::try_from(page + 1).unwrap().to_be_bytes();
            bytes[start + 8..start + 12].copy_from_slice(&own);
        }
    }
    assert!(read(&bytes).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn any_damage_can_be_read(changes in proptest::collection::vec((0..16_384_usize, any::<u8>()), 1..20), length in 0..16_384_usize) {
        let mut bytes = small();
        for (at, byte) in changes {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let _ = read(&bytes);
        bytes.truncate(length);
        let _ = read(&bytes);
    }
}
