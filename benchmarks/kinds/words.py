"""Words to write with; no word is in both halves."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TUNING = _words(
    """
    river stone market window garden letter bridge candle forest harbour silver winter summer
    village mountain kitchen table paper orange yellow purple engine signal bottle basket
    carpet drawer pencil ticket saddle anchor barrel button copper dinner feather ginger hammer
    island jacket kettle ladder meadow napkin office pillow rabbit shadow temple useful velvet
    walnut zipper almost before common during enough follow gather happen inside become listen
    manage notice obtain prefer reason seldom travel under value wander yearly accept borrow
    carry decide expect finish grant hurry invite judge know learn move need open play quit
    reach sell take use visit work add bring call draw earn fall give hold join keep lend
    make name offer pay rest send turn wait bold calm deep early fair glad hard kind late mild
    neat old plain quick rare safe tall warm
    """
)
JUDGING = _words(
    """
    ocean pebble station ceiling orchard parcel tunnel lantern jungle airport golden autumn spring
    city valley bedroom chair canvas lemon scarlet azure motor beacon pitcher hamper curtain
    shelf crayon voucher stirrup compass bucket zebra bronze supper plume pepper wrench
    peninsula sweater teapot scaffold prairie towel bureau cushion badger daylight palace helpful
    cotton chestnut buckle nearly after ordinary while plenty pursue collect occur within remain
    observe organise remark receive favour motive rarely journey beneath worth stroll monthly
    approve hire transport choose hope complete permit rush welcome decline understand study shift
    require close perform leave arrive purchase grab apply attend labour combine fetch shout
    sketch deserve drop present grip unite retain loan build title propose spend relax deliver
    rotate linger brave quiet shallow overdue honest cheerful tough gentle recent soft tidy
    ancient simple rapid scarce secure short cool
    """
)
TUNING_NAMES = _words("Anna Ben Clara David Emma Frank Grace Henry Ida Jack Karen Leo")
JUDGING_NAMES = _words("Maya Noah Olga Peter Rosa Samir Tess Umar Vera Will Yara Zoe")
